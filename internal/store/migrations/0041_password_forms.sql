-- What is kept of a password, if it is no SRP verifier: see user.PasswordForm.

ALTER TABLE users ADD COLUMN password_form TEXT NOT NULL DEFAULT '';
ALTER TABLE password_history ADD COLUMN form TEXT NOT NULL DEFAULT '';
