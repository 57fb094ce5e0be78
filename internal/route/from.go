package route

// From is the public side of a route: what a URL must be for the route to
// concern it.
type From struct {
	Scheme string // https or http
	Host   string // lower case, without the port; may hold wildcards
	Port   string // empty: any port
}

// Wildcard reports whether the host holds a wildcard.
func (f From) Wildcard() bool { return false }

// String prints the URL.
func (f From) String() string { return "" }

// ParseFrom reads the key from.
func ParseFrom(text string) (From, error) { return From{}, nil }
