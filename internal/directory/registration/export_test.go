package registration

// NameOf is the name of the client for the name of an application.
func NameOf(given string) string { return nameOf(given) }
