package page

import "html/template"

// KeyValue is one line of [KeyValues].
type KeyValue struct {
	Key   string
	Value string
	Code  bool   // the value is an id, a token or the like, in fixed-width letters
	Href  string // makes the value a link; empty: no link
}

// KeyValues is a list of names and values: the claims of an identity, the
// settings of a thing.
type KeyValues struct {
	Caption string // the heading; may be empty
	Rows    []KeyValue
	Empty   string // the text if there are no rows; empty: a standard one
}

func (k KeyValues) html(t *template.Template) (template.HTML, error) { return run(t, "keyvalues", k) }

// Cell is one cell of a table.
type Cell struct {
	Text  string
	Href  string // makes the text a link; empty: no link
	Code  bool   // fixed-width letters
	Badge Kind   // the text is a badge of this kind; Plain: no badge
	Block Block  // stands after the text; may be nil
}

// Table is a table. The first cell of a row names the row. Where the window is narrow,
// the cells of a row stand below each other, each after its head: nothing is out of
// sight.
type Table struct {
	Caption string   // what is listed; screen readers read it, the page does not show it
	Head    []string // one for each cell of a row; empty: the column speaks for itself
	Rows    [][]Cell
	Empty   string // the text if there are no rows; empty: a standard one
	Next    string // the address of the next page of rows; empty: this is the last
}

func (tb Table) html(t *template.Template) (template.HTML, error) { return run(t, "table", tb) }
