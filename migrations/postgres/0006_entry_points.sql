-- With what a submission begins, where it says so: one of its files, or a class.

ALTER TABLE submissions ADD COLUMN entry_point TEXT;
