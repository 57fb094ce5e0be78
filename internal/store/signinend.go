package store

import (
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// endCodes deletes the authorization codes of a user that end. It comes before the
// user is locked, and again after that: an exchange locks its code first and then
// the user, and a code that is saved meanwhile holds the user.
func (t *tx) endCodes(pool userpool.PoolID, sub user.Sub, ends user.Ends) error {
	var err error
	switch {
	case ends.Tokens:
		_, err = t.exec(`DELETE FROM auth_codes WHERE pool_id = $1 AND sub = $2`, pool, sub)
	case ends.Browsers:
		_, err = t.exec(`DELETE FROM auth_codes WHERE pool_id = $1 AND sub = $2 AND used = 0`, pool, sub)
	}
	return err
}

// end ends sign-ins of a user, who is locked and was changed at u.Modified.
func (t *tx) end(u *user.User, ends user.Ends) error {
	if err := t.endCodes(u.Pool, u.Sub, ends); err != nil {
		return err
	}
	if ends.Tokens {
		if err := t.revokeGrantsOf(u.Pool, u.Sub, u.Modified); err != nil {
			return err
		}
	}
	if ends.Browsers {
		if _, err := t.exec(`DELETE FROM browser_sessions WHERE pool_id = $1 AND sub = $2`, u.Pool, u.Sub); err != nil {
			return err
		}
	}
	if ends.Sent {
		if _, err := t.exec(`DELETE FROM codes WHERE pool_id = $1 AND sub = $2`, u.Pool, u.Sub); err != nil {
			return err
		}
	}
	return nil
}
