DROP TABLE forgotten_password;
ALTER TABLE account DROP COLUMN email_confirmed;
ALTER TABLE account DROP COLUMN phone;
