//go:build !unix

package upstream

// silent can't be known here: every request gets a connection of its own.
func (c *conn) silent() bool { return false }
