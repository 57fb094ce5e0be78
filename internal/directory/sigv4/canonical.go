package sigv4

import (
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// canonicalRequest returns the text of a request that is signed. AWS: "Create a
// canonical request".
func canonicalRequest(r *Request, signedHeaders []string, bodyHash string) []byte {
	b := make([]byte, 0, 1024)
	b = appendLines(b, r.Method, canonicalPath(r.URL), canonicalQuery(r.URL.RawQuery))
	for _, name := range signedHeaders {
		b = append(append(b, name...), ':')
		b = appendLines(b, headerValue(r, name))
	}
	b = appendLines(b, "", strings.Join(signedHeaders, ";"))
	return append(b, bodyHash...)
}

func appendLines(b []byte, lines ...string) []byte {
	for _, line := range lines {
		b = append(append(b, line...), '\n')
	}
	return b
}

// canonicalPath percent-encodes the path a second time. AWS: all services except
// S3 do.
func canonicalPath(u *url.URL) string {
	path := u.EscapedPath()
	if path == "" || path == "/" {
		return "/"
	}
	segments := strings.Split(path, "/")
	for i, s := range segments {
		segments[i] = percentEncode(s)
	}
	return strings.Join(segments, "/")
}

// canonicalQuery sorts the parameters, and encodes each in the same way.
func canonicalQuery(raw string) string {
	if raw == "" {
		return ""
	}
	var params [][2]string
	for param := range strings.SplitSeq(raw, "&") {
		if param == "" {
			continue
		}
		name, value, _ := strings.Cut(param, "=")
		params = append(params, [2]string{recode(name), recode(value)})
	}
	slices.SortFunc(params, func(a, b [2]string) int {
		if c := strings.Compare(a[0], b[0]); c != 0 {
			return c
		}
		return strings.Compare(a[1], b[1])
	})
	texts := make([]string, len(params))
	for i, p := range params {
		texts[i] = p[0] + "=" + p[1]
	}
	return strings.Join(texts, "&")
}

// recode returns a part of a query in the canonical encoding. A wrong encoding,
// such as "%zz", is taken as plain text, so that it is equal only to itself.
func recode(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		s = plain
	}
	return percentEncode(s)
}

// percentEncode encodes all characters except the unreserved ones (RFC 3986
// §2.3).
func percentEncode(s string) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("-_.~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
	}
	return b.String()
}

// headerValue returns a header as it is signed. The host, and sometimes the
// length, are not in the map of headers.
func headerValue(r *Request, name string) string {
	values := r.Header[canonicalName(name)]
	switch {
	case name == "host":
		return folded(r.Host)
	case name == "content-length" && len(values) == 0 && r.ContentLength >= 0:
		return strconv.FormatInt(r.ContentLength, 10)
	case len(values) == 1:
		return folded(values[0])
	}
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = folded(v)
	}
	return strings.Join(list, ",")
}

// folded returns a value without white space at its ends, and with one space for all
// white space in between. Nearly all values are so already.
func folded(v string) string {
	for i := range len(v) {
		if c := v[i]; c > '~' || c < ' ' || c == ' ' && (i == 0 || i == len(v)-1 || v[i-1] == ' ') {
			return strings.Join(strings.Fields(v), " ")
		}
	}
	return v
}

// canonicalName returns the key under which a header is in a [textproto.MIMEHeader].
func canonicalName(name string) string {
	if key, ok := usualNames[name]; ok {
		return key
	}
	return textproto.CanonicalMIMEHeaderKey(name)
}

// usualNames has the headers that clients sign, for which textproto would make a new
// text each time.
var usualNames = func() map[string]string {
	names := map[string]string{}
	for _, name := range []string{"amz-sdk-invocation-id", "amz-sdk-request", "content-length", "content-type", "host", "user-agent",
		"x-amz-content-sha256", "x-amz-date", "x-amz-security-token", "x-amz-target", "x-amz-user-agent"} {
		names[name] = textproto.CanonicalMIMEHeaderKey(name)
	}
	return names
}()
