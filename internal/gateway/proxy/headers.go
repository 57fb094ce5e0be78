package proxy

import (
	"net/http"
	"net/textproto"
	"slices"
	"strings"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/operator"
)

// The headers of identity.
const (
	headerAssertion   = "X-Pomerium-Jwt-Assertion"
	headerIntercepted = "X-Pomerium-Intercepted-Response"
	prefixClaim       = "X-Pomerium-Claim-"
)

// UnderscoreAction says what happens to request headers with "_" in the name.
// Many servers treat "_" and "-" as the same, so such a header could pass for
// one that we set.
type UnderscoreAction int

// The actions; Pomerium's names and default.
const (
	UnderscoreReject UnderscoreAction = iota // reject_request
	UnderscoreDrop                           // drop_header
	UnderscoreAllow                          // allow; headers that could pass for ours are dropped
)

// ErrUnderscore refuses a request under UnderscoreReject.
var ErrUnderscore = fault.New(fault.Invalid, "header_underscore", "A request header has an underscore in its name, which is not accepted here.")

// reserved are the headers that only the gateway may set.
type reserved struct {
	names  map[string]bool // canonical
	starts [128][]string   // beginnings of names, by their first letter
}

func newReserved(claimHeaders map[string]string, trustedHops int) *reserved {
	v := &reserved{names: map[string]bool{}}
	v.reserve(headerAssertion, headerAssertion+"-For", headerIntercepted, "X-Pomerium-Authorization", prefixClaim, "Cf-Access-")
	v.reserve(forgedTargets...)
	v.reserve(forgedIdentities...)
	if trustedHops == 0 {
		v.reserve(forgedAddresses...)
	}
	for name := range claimHeaders {
		v.names[canonical(name)] = true
	}
	return v
}

// canonical replaces everything but letters and digits in a header name with
// "-". Servers that turn headers into variables, such as CGI, can't tell such
// names apart.
func canonical(name string) string {
	for i := range len(name) {
		if !plain(rune(name[i])) {
			name = strings.Map(plainly, name)
			break
		}
	}
	return textproto.CanonicalMIMEHeaderKey(name)
}

func plainly(r rune) rune {
	if plain(r) {
		return r
	}
	return '-'
}

func plain(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-'
}

// is reports whether a canonical name is reserved.
func (v *reserved) is(name string) bool {
	if v.names[name] {
		return true
	}
	for _, start := range v.starts[name[0]&0x7f] {
		if strings.HasPrefix(name, start) {
			return true
		}
	}
	return false
}

// written are the names of headers that the gateway writes on a request, and those
// that a route sets or removes, by their canonical spelling. A client's header of
// another spelling of such a name must not pass for it.
type written map[string]string

// newWritten returns the names that are written on every request, and names.
func newWritten(names []string) written {
	w := written{}
	for _, name := range append([]string{
		"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "X-Request-Id", "Content-Length", "Transfer-Encoding",
	}, names...) {
		w[canonical(name)] = name
	}
	return w
}

// otherwise reports whether a name, which known is the canonical spelling of, is
// another spelling of one of w.
func (w written) otherwise(name, known string) bool {
	ours, ok := w[known]
	return ok && ours != name
}

// clean removes from h the headers that a client could have forged.
func (v *reserved) clean(h http.Header, ours written, underscores UnderscoreAction) {
	for name := range h {
		known := canonical(name)
		if v.is(known) || ours.otherwise(name, known) || underscores == UnderscoreDrop && strings.IndexByte(name, '_') >= 0 {
			delete(h, name)
		}
	}
	if auth := h["Authorization"]; len(auth) > 0 && slices.ContainsFunc(auth, pomeriumCredential) {
		delete(h, "Authorization")
	}
}

// checkUnderscores refuses a request under UnderscoreReject.
func checkUnderscores(h http.Header, action UnderscoreAction) error {
	if action != UnderscoreReject {
		return nil
	}
	for name := range h {
		if strings.IndexByte(name, '_') >= 0 {
			return ErrUnderscore
		}
	}
	return nil
}

// pomeriumCredential reports whether an Authorization value is meant for the
// gateway and not for the upstream.
func pomeriumCredential(auth string) bool {
	scheme, value, _ := strings.Cut(auth, " ")
	value = strings.TrimSpace(value)
	return strings.EqualFold(scheme, "Pomerium") || strings.EqualFold(scheme, "Bearer") && (strings.HasPrefix(value, "Pomerium-") || operator.IsAccountToken(value))
}
