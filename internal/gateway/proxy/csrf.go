package proxy

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/session"
)

// ErrForm refuses a form that another site sent, or that is too old.
var ErrForm = fault.New(fault.Denied, "form_not_ours", "This form was not sent from our own page. Please try again.")

const csrfField = "csrf"

// csrf protects forms twice: by a token of the session, and by the headers in
// which browsers say where a request comes from.
type csrf struct {
	key    []byte
	origin *http.CrossOriginProtection
}

func newCSRF(secret []byte) (*csrf, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "gatehouse form token", 32)
	return &csrf{key: key, origin: http.NewCrossOriginProtection()}, err
}

// token returns the form token of a session.
func (c *csrf) token(id session.ID) string {
	m := hmac.New(sha256.New, c.key)
	m.Write([]byte(id))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// check refuses a posted form that does not belong to the session.
func (c *csrf) check(r *http.Request, id session.ID) error {
	if err := c.origin.Check(r); err != nil {
		return ErrForm.Because(err)
	}
	if err := r.ParseForm(); err != nil {
		return web.BodyError(err, ErrForm)
	}
	if !hmac.Equal([]byte(r.PostForm.Get(csrfField)), []byte(c.token(id))) {
		return ErrForm
	}
	return nil
}
