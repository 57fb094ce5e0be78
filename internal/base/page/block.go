package page

import (
	"bytes"
	_ "embed"
	"html/template"
	"sync"
)

// style is the whole style sheet.
//
//go:embed style.css
var style string

//go:embed layout.html
var layoutText string

//go:embed blocks.html
var blocksText string

// icon is the mark as a data URL.
const icon = template.URL("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Cpath d='M3 30V14a13 13 0 0 1 26 0v16h-7V15a6 6 0 0 0-12 0v15z' fill='%231b7a62'/%3E%3C/svg%3E")

// templates are read when the first page is shown: many processes show none for long.
var templates = sync.OnceValue(newTemplates)

func newTemplates() *template.Template {
	t := template.New("page")
	t.Funcs(template.FuncMap{
		"show": func(b Block) (template.HTML, error) { return b.html(t) },
	})
	template.Must(t.Parse(layoutText))
	return template.Must(t.Parse(blocksText))
}

// Block is a part of a page. Only this package has blocks, so that each of them
// is in the gallery and follows the style sheet.
type Block interface {
	html(*template.Template) (template.HTML, error)
}

// Blocks shows blocks in order. A nil block shows nothing, so that a page can
// leave one out in place.
type Blocks []Block

func (bs Blocks) html(t *template.Template) (template.HTML, error) {
	var all bytes.Buffer
	for _, b := range bs {
		if b == nil {
			continue
		}
		h, err := b.html(t)
		if err != nil {
			return "", err
		}
		all.WriteString(string(h))
	}
	return template.HTML(all.String()), nil
}

// If returns b if show is true, else nil.
func If(show bool, b Block) Block {
	if show {
		return b
	}
	return nil
}

// run returns what the template with that name makes of data.
func run(t *template.Template, name string, data any) (template.HTML, error) {
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, name, data); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil
}
