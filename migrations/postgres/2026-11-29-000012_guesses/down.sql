DROP TABLE password_guess;
