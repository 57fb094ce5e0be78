package page

import "html/template"

// KeyValue is a name and what it stands for.
type KeyValue struct {
	Key   string
	Value string
	Code  bool // the value is an id, a token or the like: fixed-width letters
	Href  string
}

// KeyValues is a list of names and values: the claims of an identity, the
// settings of a thing.
type KeyValues struct {
	Caption string // what is listed; read out, and shown when not empty
	Rows    []KeyValue
	Empty   string // what to say when there are no rows
}

func (k KeyValues) html(t *template.Template) (template.HTML, error) { return run(t, "keyvalues", k) }

// Cell is one cell of a table.
type Cell struct {
	Text  string
	Href  string // makes the text a link
	Code  bool   // fixed-width letters
	Badge Kind   // not Plain: the text is a badge of this mood
	Block Block  // more than a text; stands after it
}

// Table is a table. The first cell of a row names the row.
type Table struct {
	Caption string // what is listed; always read out
	Head    []string
	Rows    [][]Cell
	Empty   string // what to say when there are no rows
	Next    string // address of the next page of rows; empty: this is the last
}

func (tb Table) html(t *template.Template) (template.HTML, error) { return run(t, "table", tb) }
