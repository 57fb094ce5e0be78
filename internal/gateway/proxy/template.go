package proxy

import (
	"crypto/x509"
	"net/textproto"
	"strings"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/gateway/upstream"
)

// values are the values that a header template may refer to.
type values struct {
	tokens    session.Tokens // of the session; none: nobody is signed in
	assertion func() string  // the signed assertion, or ""
	header    upstream.Lines // the request's, without forged ones
	// certificate is the client's, if it may be believed; nil: there is none.
	certificate *x509.Certificate
	lent        map[string]seal.Secret // the secrets; see forwarder.lend
}

// headerTemplate is a value of set_request_headers: texts and references take
// turns, a text first.
type headerTemplate []string

// parseTemplate reads a value. Pomerium: "$$" is a dollar sign, "${pomerium.x}"
// and "$pomerium.x" are references, and an unknown reference is empty. No text is
// an error: a lone "$" is a dollar sign.
func parseTemplate(text string) headerTemplate {
	t := headerTemplate{""}
	for text != "" {
		before, after, found := strings.Cut(text, "$")
		t[len(t)-1] += before
		if !found {
			break
		}
		ref, rest, ok := cutReference(after)
		switch {
		case strings.HasPrefix(after, "$"):
			t[len(t)-1] += "$"
			text = after[1:]
		case ok:
			t = append(t, ref, "")
			text = rest
		default:
			t[len(t)-1] += "$"
			text = after
		}
	}
	return t
}

// cutReference cuts a reference from the beginning of text, after the "$".
func cutReference(text string) (ref, rest string, ok bool) {
	if inner, found := strings.CutPrefix(text, "{"); found {
		end := closing(inner)
		if end < 0 {
			return "", "", false
		}
		return strings.TrimSpace(inner[:end]), inner[end+1:], true
	}
	n := 0
	for n < len(text) && (text[n] == '.' || text[n] == '_' || text[n] >= 'a' && text[n] <= 'z' || text[n] >= 'A' && text[n] <= 'Z' || text[n] >= '0' && text[n] <= '9') {
		n++
	}
	n = len(strings.TrimRight(text[:n], ".")) // a dot at the end is not part of the name
	return text[:n], text[n:], n > 0 && strings.HasPrefix(text, "pomerium")
}

// closing returns the index of the "}" that ends a reference, not counting those
// inside quotes, or -1.
func closing(text string) int {
	quoted := false
	for i := range len(text) {
		switch {
		case text[i] == '"':
			quoted = !quoted
		case text[i] == '}' && !quoted:
			return i
		}
	}
	return -1
}

// expand prints the template.
func (t headerTemplate) expand(v *values) string {
	if len(t) == 1 {
		return t[0]
	}
	var b strings.Builder
	for i, part := range t {
		if i%2 == 1 {
			part = v.resolve(part)
		}
		if hasControl(part) { // a header can't hold it, and without it would be another value
			return ""
		}
		b.WriteString(part)
	}
	return b.String()
}

// resolve returns the value of a reference, or "".
func (v *values) resolve(ref string) string {
	switch ref {
	case "pomerium.id_token":
		return v.tokens.ID.Reveal()
	case "pomerium.access_token":
		return v.tokens.Access.Reveal()
	case "pomerium.jwt":
		return v.assertion()
	}
	if name, ok := strings.CutPrefix(ref, secretReference); ok {
		return v.secret(name)
	}
	if name, ok := strings.CutPrefix(ref, "pomerium.client_cert_"); ok {
		return factOf(v.certificate, name)
	}
	if name, ok := strings.CutPrefix(ref, `pomerium.request.headers["`); ok && strings.HasSuffix(name, `"]`) {
		return v.header.Get(textproto.CanonicalMIMEHeaderKey(strings.TrimSuffix(name, `"]`)))
	}
	return ""
}
