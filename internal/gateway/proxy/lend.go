package proxy

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
)

// ErrSecret refuses a request whose headers need a secret that cannot be read. Pomerium:
// 503; the request never goes on without the secret.
var ErrSecret = fault.New(fault.Unavailable, "secret_unavailable", "The application cannot be reached: a secret that it asks for cannot be read just now.")

// secretReference is how a reference to a secret begins.
const secretReference = "secret."

// secrets returns the names of the secrets to which a template refers.
func (t headerTemplate) secrets() (names []string) {
	for i, part := range t {
		if name, ok := strings.CutPrefix(part, secretReference); ok && i%2 == 1 {
			names = append(names, name)
		}
	}
	return names
}

// addSecrets notes the secrets that a header of the route needs.
func (cr *compiledRoute) addSecrets(t headerTemplate) {
	for _, name := range t.secrets() {
		if !slices.Contains(cr.secrets, name) {
			cr.secrets = append(cr.secrets, name)
		}
	}
}

// lend finds the secrets that the headers of an exchange need, all as of one moment.
func (f *forwarder) lend(r *http.Request, x *exchange) error {
	if len(x.route.secrets) == 0 {
		return nil
	}
	if f.secrets != nil {
		x.lent = f.secrets()
	}
	for _, name := range x.route.secrets {
		if x.lent[name] == "" {
			web.Note(r.Context(), slog.String("secret", name))
			return ErrSecret
		}
	}
	return nil
}

// secret returns the value of a secret, or "". Who asks has lent it.
func (v *values) secret(name string) string {
	var value seal.Secret = v.lent[name]
	return value.Reveal()
}
