"""Official forms, GPC tables, figures and files of an inventory."""
