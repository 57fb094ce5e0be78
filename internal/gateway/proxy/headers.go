package proxy

import (
	"net/http"
	"net/textproto"
	"slices"
	"strings"

	"gatehouse/internal/base/fault"
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
	return textproto.CanonicalMIMEHeaderKey(strings.Map(func(r rune) rune {
		if plain(r) {
			return r
		}
		return '-'
	}, name))
}

func plain(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-'
}

// is reports whether a name, in net/http's spelling, is reserved.
func (v *reserved) is(name string) bool {
	for i := range len(name) {
		if !plain(rune(name[i])) {
			name = canonical(name)
			break
		}
	}
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

// clean removes from h the headers that a client could have forged.
func (v *reserved) clean(h http.Header, underscores UnderscoreAction) {
	for name := range h {
		if v.is(name) || underscores == UnderscoreDrop && strings.IndexByte(name, '_') >= 0 {
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
	return strings.EqualFold(scheme, "Pomerium") || strings.EqualFold(scheme, "Bearer") && strings.HasPrefix(strings.TrimSpace(value), "Pomerium-")
}
