package managedlogin

import (
	"bytes"
	"time"

	"gatehouse/internal/directory/user"
)

// proofLife is how long after proving the password a browser is signed in by
// confirming the account.
const proofLife = time.Hour

// proof says that this browser has proved the password of a user who is not
// confirmed yet: it signed up just now, or tried to sign in. Whoever signed up
// without a password proves nothing by it, but by the code that follows. The page for the
// code carries the proof, sealed. With it, the right code signs the browser in.
// Cognito signs in after sign-up in the same way.
type proof struct {
	Sub     user.Sub
	Salt    []byte // of the password that was proved; a new password ends the proof. nil: there is none
	Browser string // the CSRF token of the browser
}

func (v *visit) proofContext() string {
	return "managedlogin proof:" + string(v.pool.ID) + ":" + string(v.req.Client.ID)
}

// sealProof returns the sealed proof for u, or "" for a user who needs no
// confirming.
func (s *Server) sealProof(v *visit, u *user.User) (string, error) {
	if u == nil || u.Status != user.Unconfirmed {
		return "", nil
	}
	p := proof{Sub: u.Sub, Salt: saltOf(u), Browser: v.frame.CSRF}
	return s.Sealer.SealTextUntil(p, v.proofContext(), s.Now().Add(proofLife))
}

// proofHolds reports whether the form has a valid proof for u, who has been
// confirmed just now.
func (s *Server) proofHolds(v *visit, u *user.User) bool {
	var p proof
	if err := s.Sealer.OpenText(v.text(fieldSession), v.proofContext(), &p); err != nil {
		return false
	}
	return p.Sub == u.Sub && p.Browser == v.frame.CSRF && u.Enabled && u.Status == user.Confirmed &&
		(len(p.Salt) == 0) == (u.Password == nil) && bytes.Equal(p.Salt, saltOf(u))
}

func saltOf(u *user.User) []byte {
	if u.Password == nil {
		return nil
	}
	return u.Password.Salt
}
