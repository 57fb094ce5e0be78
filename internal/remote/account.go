package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"gatehouse/internal/base/seal"
)

// Account returns the token of a service account, with which a program passes a gateway
// where no user can sign in. It is called for each connection, so that a token can be
// renewed meanwhile. The token is not kept.
type Account func() (seal.Secret, error)

// ErrAccountRefused says that the gateway does not accept a service account.
var ErrAccountRefused = errors.New("the gateway does not accept the service account")

// ErrAccountNotAllowed says that the policy of the route does not let a service account in.
var ErrAccountNotAllowed = errors.New("the gateway does not allow the service account this target")

// accountCredential returns the credential of the service account. Only the gateway can
// tell whether it is good.
func (g *Gateway) accountCredential() (Credential, error) {
	token, err := g.Account()
	if err != nil {
		return Credential{}, err
	}
	return newCredential(token.Reveal()), nil
}

// dialAccount returns a connection with the target in the name of the service account.
func (t *Tunnel) dialAccount(ctx context.Context) (net.Conn, error) {
	c, err := t.accountCredential()
	if err != nil {
		return nil, err
	}
	return t.connect(ctx, c.Token)
}

// wantsAnother returns the error for a gateway that wants another credential.
func (t *Tunnel) wantsAnother(a answer) error {
	switch {
	case t.Account == nil:
		return errSignIn
	case a.status == http.StatusUnauthorized:
		return fmt.Errorf("%w: %s", ErrAccountRefused, a.text)
	}
	return fmt.Errorf("%w, and asks for a sign-in with a browser; check its token", ErrAccountRefused)
}

// notAllowed returns the error for a gateway that knows the caller and does not let it in.
func (t *Tunnel) notAllowed(a answer) error {
	if t.Account != nil {
		return fmt.Errorf("%w: %s", ErrAccountNotAllowed, a.text)
	}
	return fmt.Errorf("%w: %s", ErrNotAllowed, a.text)
}
