package oauth

import (
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/userpool"
)

// errClient says that a client did not prove who it is. The cause is for the
// log alone.
var errClient = fault.New(fault.Unauthenticated, "oauth_client", "The client did not authenticate.")

// credentials are the id and the secret that a client sends.
type credentials struct {
	id     userpool.ClientID
	secret seal.Secret // "": the client sent none
}

// authenticate returns the client that sent the request, proved by its secret
// if it has one. RFC 6749 §2.3.1.
func (s *Server) authenticate(r *http.Request, c call, form url.Values) (*userpool.Client, error) {
	given, err := readCredentials(r.Header.Values("Authorization"), form)
	if err != nil {
		return nil, err
	}
	if s.LimitClient != nil {
		if err := s.LimitClient(given.id); err != nil {
			return nil, err
		}
	}
	client, err := s.Tokens.Pools.ClientOf(r.Context(), c.pool.ID, given.id)
	if errors.Is(err, userpool.ErrClientNotFound) {
		return nil, errClient.Because(err)
	}
	if err != nil {
		return nil, err
	}
	web.Note(r.Context(), slog.String("client", string(client.ID)))
	err = s.Tokens.Pools.CheckSecret(client, given.secret)
	if errors.Is(err, userpool.ErrSecretMissing) || errors.Is(err, userpool.ErrSecretMismatch) {
		return nil, errClient.Because(err)
	}
	return client, err
}

// readCredentials reads the credentials from the header or from the form. If
// both have them, they must be equal.
func readCredentials(header []string, form url.Values) (credentials, error) {
	posted := credentials{userpool.ClientID(form.Get("client_id")), seal.Secret(form.Get("client_secret"))}
	if len(header) == 0 {
		if posted.id == "" {
			return credentials{}, errParameter
		}
		return posted, nil
	}
	basic, ok := parseBasic(header)
	switch {
	case !ok,
		posted.id != "" && posted.id != basic.id,
		posted.secret != "" && !posted.secret.Equal(basic.secret.Reveal()):
		return credentials{}, errClient
	}
	return basic, nil
}

// parseBasic reads "Basic base64(id:secret)". The two parts are form-encoded
// (RFC 6749 §2.3.1), but a "+" is not read as a space: an id may have a "+" and
// never has a space.
func parseBasic(header []string) (credentials, bool) {
	if len(header) != 1 {
		return credentials{}, false
	}
	scheme, encoded, ok := strings.Cut(header[0], " ")
	if !ok || !strings.EqualFold(scheme, "Basic") {
		return credentials{}, false
	}
	plain, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return credentials{}, false
	}
	id, secret, ok := strings.Cut(string(plain), ":")
	if !ok {
		return credentials{}, false
	}
	id, err = url.PathUnescape(id)
	if err != nil || id == "" {
		return credentials{}, false
	}
	if secret, err = url.PathUnescape(secret); err != nil {
		return credentials{}, false
	}
	return credentials{userpool.ClientID(id), seal.Secret(secret)}, true
}
