package route

// Table finds the route of a URL. It is immutable: any number of goroutines
// may use one.
type Table struct{}

// NewTable compiles routes, in the order of the file. The error joins one
// *Fault for each thing that is wrong.
func NewTable(routes []*Route) (*Table, error) { return &Table{}, nil }

// Match returns the route of host (without port), port and decoded path, or
// nil.
func (t *Table) Match(host, port, path string) *Route { return nil }

// MatchCleaned is Match for a cleaned path. It is nil also when the path's two
// readings would mean different routes.
func (t *Table) MatchCleaned(host, port string, c Cleaned) *Route { return nil }

// KnowsHost reports whether any route concerns host.
func (t *Table) KnowsHost(host string) bool { return false }
