package route

import (
	"strings"
	"unicode/utf8"

	"gatehouse/internal/base/fault"
)

// Why a path is refused. Each is a mistake of the client.
var (
	ErrPathForm     = fault.New(fault.Invalid, "path_form", "The path of the URL is not well formed.")
	ErrEscapedSlash = fault.New(fault.Invalid, "path_escaped_slash", "The path of the URL holds an escaped slash or a backslash.")
	ErrDotSegments  = fault.New(fault.Invalid, "path_dot_segments", "The path of the URL leaves the directory that it names.")
)

// SlashAction says what happens to an escaped slash or a backslash in a path
// (path_with_escaped_slashes_action).
type SlashAction int

// The actions. The zero value refuses; it is Pomerium's default too.
const (
	SlashReject   SlashAction = iota // reject_request
	SlashKeep                        // keep_unchanged
	SlashRedirect                    // unescape_and_redirect
	SlashUnescape                    // unescape_and_forward
)

// Cleaning says how paths are cleaned. The zero value is the safe default.
type Cleaning struct {
	KeepDoubleSlashes bool        // merge_slashes: false
	KeepAsSent        bool        // normalize_path: false; a path with dot segments is then refused
	EscapedSlashes    SlashAction // path_with_escaped_slashes_action
}

// Cleaned is a path that is safe to match and to forward.
type Cleaned struct {
	// Path is the path that routes and policies match. It is decoded, except for
	// slashes that SlashKeep left escaped.
	Path string
	// Escaped is the same path as it is sent upstream.
	Escaped string
	// Alternate is the other way in which an upstream may read the path: unescaped
	// as often as it can be, kept slashes too, without parameters after ";", and
	// slashes merged. Empty: it is the same. A decision by the path must be the
	// same for both.
	Alternate string
	// Redirect asks to send the client to Escaped instead of forwarding.
	Redirect bool
}

// Clean cleans the escaped path of a request (url.URL.EscapedPath). Cleaning a
// cleaned path changes nothing. Errors are ErrPathForm, ErrEscapedSlash and
// ErrDotSegments.
func (c Cleaning) Clean(escaped string) (Cleaned, error) {
	if escaped == "" {
		escaped = "/"
	}
	if plain(escaped) {
		return Cleaned{Path: escaped, Escaped: escaped}, nil
	}
	path, err := c.canonical(escaped)
	if err != nil {
		return Cleaned{}, err
	}
	out := Cleaned{}
	if hasEscapedSlash(path) {
		switch c.EscapedSlashes {
		case SlashKeep:
		case SlashRedirect, SlashUnescape:
			path = unescapeSlashes(path)
			out.Redirect = c.EscapedSlashes == SlashRedirect
		default:
			return Cleaned{}, ErrEscapedSlash
		}
	}
	if !c.KeepAsSent {
		path = resolveDots(path)
	}
	if !c.KeepDoubleSlashes {
		path = mergeSlashes(path)
	}
	if out.Redirect {
		// As a Location, two slashes at the beginning would name another host.
		path = "/" + strings.TrimLeft(path, "/")
	}
	out.Escaped = path
	out.Path = unescape(path)
	out.Alternate = otherReading(out.Path)
	// Refuse everything that a server could read as a dot segment.
	if hasDotSegment(out.Path) || hasDotSegment(out.Alternate) {
		return Cleaned{}, ErrDotSegments
	}
	if !safeAgain(out.Path) {
		return Cleaned{}, ErrPathForm
	}
	if out.Alternate == out.Path {
		out.Alternate = ""
	}
	return out, nil
}

// safeAgain reports whether a decoded path is safe for a server that decodes it again,
// however often: it finds no control character that was not there before, and nothing
// that some take for another character than it is, as an overlong form of a slash. A
// name such as 100%ab is none of these.
func safeAgain(path string) bool {
	if strings.IndexByte(path, '%') < 0 {
		return true
	}
	again := unescapeAll(path)
	return countControls(again) == countControls(path) && !hasOverlong(again)
}

// countControls counts the control characters of a text: those of ASCII, and those of
// Latin-1 in UTF-8 or as a byte.
func countControls(text string) (n int) {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size == 1 {
			r = rune(text[i])
		}
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			n++
		}
		i += size
	}
	return n
}

// hasOverlong reports whether a text has the first byte of a UTF-8 form that is longer
// than the character needs. The longer ones have a byte after it that countControls
// counts.
func hasOverlong(text string) bool {
	return strings.IndexByte(text, 0xc0) >= 0 || strings.IndexByte(text, 0xc1) >= 0
}

// plain reports whether a path needs no cleaning. Most need none.
func plain(path string) bool {
	if path[0] != '/' {
		return false
	}
	for i := range len(path) {
		b := path[i]
		if !inPath(b) || b == ';' {
			return false
		}
		if i > 0 && path[i-1] == '/' && (b == '/' || b == '.') {
			return false
		}
	}
	return true
}

// canonical checks the form of a path. It escapes the bytes that must be escaped,
// with capital digits. Unless paths are kept as sent, it decodes all other
// escapes.
func (c Cleaning) canonical(path string) (string, error) {
	if path[0] != '/' {
		return "", ErrPathForm
	}
	var out strings.Builder
	out.Grow(len(path) + 8)
	var decoded []byte
	for i := 0; i < len(path); i++ {
		b, isEscape := path[i], path[i] == '%'
		if isEscape {
			var ok bool
			if b, ok = unhex(path[i+1:]); !ok {
				return "", ErrPathForm
			}
			i += 2
		}
		if b == 0 || !isEscape && (b < ' ' || b == 0x7f) {
			return "", ErrPathForm // no server can be trusted with the first; the others come escaped
		}
		decoded = append(decoded, b)
		if isEscape && (c.KeepAsSent || !unreserved(b)) || !isEscape && !inPath(b) {
			writeEscape(&out, b)
		} else {
			out.WriteByte(b)
		}
	}
	// In broken UTF-8 some servers see slashes and dots that others don't.
	if !utf8.Valid(decoded) {
		return "", ErrPathForm
	}
	return out.String(), nil
}

// resolveDots removes dot segments (RFC 3986 §5.2.4).
func resolveDots(path string) string {
	if !strings.Contains(path, "/.") {
		return path
	}
	segments := strings.Split(path[1:], "/")
	kept := segments[:0]
	for i, s := range segments {
		last := i == len(segments)-1
		if s != "." && s != ".." {
			kept = append(kept, s)
			continue
		}
		if s == ".." && len(kept) > 0 {
			kept = kept[:len(kept)-1]
		}
		if last {
			kept = append(kept, "")
		}
	}
	return "/" + strings.Join(kept, "/")
}

func mergeSlashes(path string) string {
	if !strings.Contains(path, "//") {
		return path
	}
	out := make([]byte, 0, len(path))
	for i := range len(path) {
		if path[i] != '/' || i == 0 || path[i-1] != '/' {
			out = append(out, path[i])
		}
	}
	return string(out)
}

// otherReading returns a decoded path as a server reads it that decodes it again,
// takes backslashes for slashes and drops parameters.
func otherReading(path string) string {
	if !strings.ContainsAny(path, `;%\`) && !strings.Contains(path, "//") {
		return path
	}
	var out strings.Builder
	for i, segment := range strings.Split(strings.ReplaceAll(unescapeAll(path), `\`, "/"), "/") {
		segment, _, _ = strings.Cut(segment, ";")
		if i > 0 {
			out.WriteByte('/')
		}
		out.WriteString(segment)
	}
	return mergeSlashes(out.String())
}

func hasDotSegment(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}
