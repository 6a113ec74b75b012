DROP TABLE platform_trip;
DROP TABLE platform_link;
