"""Who announces addresses and in which country they are: texts and files of many kinds to one table, and back."""
