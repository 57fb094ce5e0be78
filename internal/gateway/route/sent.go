package route

// SentAs reports whether an application that gets the path in the escaped form sent
// reads the cleaned path. It is for a path that another server passes on: the
// application gets what the client sent, and not Escaped.
func (c Cleaned) SentAs(sent string) bool {
	return sent == c.Escaped || wellEscaped(sent) && unescape(sent) == c.Path
}

// wellEscaped reports whether every byte of a path is one that a path may have, or an
// escape. Of other bytes, servers make different things: a "#" ends the path for some.
func wellEscaped(path string) bool {
	for i := 0; i < len(path); i++ {
		switch _, ok := escapeAt(path, i); {
		case ok:
			i += 2
		case !inPath(path[i]):
			return false
		}
	}
	return true
}
