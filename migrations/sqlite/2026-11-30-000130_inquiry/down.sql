DROP TABLE inquiry;
