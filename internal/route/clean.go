package route

// SlashAction says what happens to an escaped slash or backslash in a path
// (path_with_escaped_slashes_action).
type SlashAction int

// The actions. The zero value, as Pomerium's default, refuses.
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
	Path    string // decoded: what routes and policies match
	Escaped string // what is sent upstream
	// Alternate is the other way an upstream may read the path: without ";"
	// parameters, with kept slashes unescaped and merged. Empty: there is none.
	Alternate string
	// Redirect asks for a redirect to Escaped instead of forwarding.
	Redirect bool
}

// Clean cleans the escaped path of a request (url.URL.EscapedPath).
func (c Cleaning) Clean(escaped string) (Cleaned, error) { return Cleaned{}, nil }
