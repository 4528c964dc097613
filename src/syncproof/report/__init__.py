"""The desk: reads result files, writes tables and the report. Needs ``syncproof[report]``."""
