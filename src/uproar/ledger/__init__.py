"""Who said what, and does the evidence bear it?"""
