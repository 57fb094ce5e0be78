package proxy

import (
	"net/http"
	"net/textproto"
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
	usual  map[string]bool // canonical names that most clients send, none of them reserved
}

func newReserved(claimHeaders map[string]string, trustedHops int) *reserved {
	v := reservedOfOurs(claimHeaders)
	v.reserve(hopByHop...)
	v.reserve("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto")
	v.reserve(forgedTargets...)
	v.reserve(forgedIdentities...)
	if trustedHops == 0 {
		v.reserve(forgedAddresses...)
	}
	v.usual = map[string]bool{}
	for _, name := range strings.Fields(usualHeaders) {
		v.usual[name] = !v.is(name)
	}
	return v
}

// reservedOfOurs are the headers that the gateway itself sets, and its credentials.
func reservedOfOurs(claimHeaders map[string]string) *reserved {
	v := &reserved{names: map[string]bool{}}
	v.reserve(headerAssertion, headerAssertion+"-For", headerIntercepted, "X-Pomerium-Authorization", prefixClaim, "Cf-Access-")
	for name := range claimHeaders {
		v.names[canonical(name)] = true
	}
	return v
}

// usualHeaders are names whose look needs no second one.
const usualHeaders = `
	Accept Accept-Encoding Accept-Language Access-Control-Request-Headers Access-Control-Request-Method Authorization Cache-Control Content-Length Content-Type Cookie Dnt
	If-Match If-Modified-Since If-None-Match If-Range Origin Pragma Priority Purpose Range Referer
	Sec-Ch-Ua Sec-Ch-Ua-Mobile Sec-Ch-Ua-Platform Sec-Fetch-Dest Sec-Fetch-Mode Sec-Fetch-Site Sec-Fetch-User Sec-Gpc Sec-Purpose
	Upgrade-Insecure-Requests User-Agent X-Csrf-Token X-Requested-With`

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
