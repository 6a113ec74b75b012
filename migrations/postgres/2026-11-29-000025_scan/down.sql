DROP TABLE file_scan;
