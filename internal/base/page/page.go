// Package page is the one small design that every page of Gatehouse shares.
//
// A page is a [Doc]: a title, a layout and a list of blocks. Blocks are the
// parts a page is made of: [Form] with its [Field]s, [Alert], [KeyValues],
// [Table], [Code], [Steps], [Links] and a few more. Rendering is a pure
// function from a Doc to bytes, so that a page can be kept as a golden file
// and shown in a gallery without a server behind it:
//
//	struct of one page → Doc (blocks) → Render → bytes
//	                                  → Write  → bytes with the headers they need
//
// A block takes care of what is easily forgotten: a label for every input,
// errors tied to their input, escaping, one heading. The style sheet is a part
// of the page and allowed by its hash, so that a page needs nothing from any
// other address and looks the same on every host. Nothing needs script; a page
// that has one gives it in [Doc.Script], and it too is allowed by its hash.
//
// The texts, the CSRF token of a form and every decision belong to the edge
// that shows the page.
package page

import (
	"bytes"
	"html/template"
	"net/http"
)

// Layout is the shape of a page.
type Layout int

// The layouts.
const (
	Card Layout = iota // one narrow card in the middle: signing in, messages
	Wide               // a bar above the full width: lists, tables, the console
)

// Product is the name a page bears when it names no other.
const Product = "Gatehouse"

// Doc is one page. Title is the only field a page must have.
type Doc struct {
	Title   string // of the window, and the heading when Heading is empty
	Heading string // empty: Title
	Lead    string // one sentence under the heading; empty: none
	Lang    string // BCP 47; empty: "en"
	Layout  Layout // zero: Card
	Brand   string // the name beside the mark; empty: Product
	Home    string // where the mark leads; empty: nowhere

	Nav     []Link   // Wide only: the bar's links; the one with Here is marked
	Account *Account // who is signed in; nil: nobody is shown

	Body Blocks // what the page holds
	Foot []Link // small links below; may be empty

	// Script is a script of ours, put into the page and allowed by its hash;
	// it may call its own origin only. Empty: scripts are forbidden. Never
	// build it from input.
	Script string

	// Leaves says that the answer to a form of this page may redirect to
	// another origin, as signing in does. Chromium applies form-action to
	// every redirect that follows a form, the application's own included, so
	// such a page can't name its targets; the directive is left out.
	Leaves bool
}

// Account is the signed-in person in the corner of a page.
type Account struct {
	Name string
	// SignOut is where signing out is asked for; empty: no button. With a
	// CSRF token it is a form, otherwise a link.
	SignOut   string
	CSRFField string
	CSRF      string
}

// view is a Doc with its defaults filled in, as the layout wants it.
type view struct {
	Doc
	Style, Code, Icon any
}

// Render returns the page as HTML. It fails only when a [Custom] block does.
func Render(d Doc) ([]byte, error) {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, "layout", viewOf(d)); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Write answers with the page and the headers that it needs. When it returns
// an error it has written nothing.
func Write(w http.ResponseWriter, status int, d Doc) error {
	body, err := Render(d)
	if err != nil {
		return err
	}
	SetHeaders(w.Header(), d)
	w.WriteHeader(status)
	_, err = w.Write(body)
	if err != nil {
		return nil // the client has gone; there is no one to tell
	}
	return nil
}

func viewOf(d Doc) view {
	if d.Lang == "" {
		d.Lang = "en"
	}
	if d.Heading == "" {
		d.Heading = d.Title
	}
	if d.Brand == "" {
		d.Brand = Product
	}
	v := view{Doc: d, Style: template.HTML("<style>" + style + "</style>"), Icon: icon}
	if d.Script != "" {
		v.Code = template.HTML("<script>" + d.Script + "</script>")
	}
	return v
}

// IsWide is for the layout.
func (d Doc) IsWide() bool { return d.Layout == Wide }
