// Package page is the design that every page of Gatehouse shares.
//
// A page is a [Doc]: a title, a layout and a list of blocks. Blocks are the
// parts of a page: [Form] with its [Field]s, [Alert], [KeyValues], [Table],
// [Code], [Links] and a few more. Rendering is a pure function from a Doc to
// bytes, so that a page can be kept as a golden file and shown in a gallery
// without a server behind it:
//
//	struct of one page → Doc (blocks) → Render → bytes
//	                                  → Write  → bytes with the headers they need
//
// A block does what is easily forgotten: it gives every input a label, ties
// errors to their input, and escapes. The style sheet is a part of the page and
// allowed by its hash, so a page loads nothing from any other address, except the
// pictures of its tiles, and looks the same on every host. Only passkeys need script, since browsers give them to
// nothing else. A page that has one sets [Doc.Script], which is allowed by its hash
// too.
//
// The edge that shows a page decides what it says. The package knows no edge:
// texts, CSRF tokens and addresses are given to it.
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
	Card Layout = iota // one narrow card in the middle: for signing in and messages
	Wide               // a bar above the full width: for lists, tables, the console
)

// Product is the Brand of a page that sets none.
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

	// Script is put into the page and allowed by its hash. It may call its own
	// origin only. Never build it from input. Empty: scripts are forbidden.
	Script string

	// Leaves says that the answer to a form of this page may redirect to
	// another origin, as signing in does. The page then has no form-action:
	// Chromium applies that directive to every redirect after a form, also to
	// the application's own, whose targets the page can't name.
	Leaves bool
}

// Account is the signed-in person in the corner of a page.
type Account struct {
	Name string
	// SignOut is the address that signs out: a form if CSRF is set, else a
	// link. Empty: no button.
	SignOut   string
	CSRFField string
	CSRF      string
}

// view is a Doc with its defaults filled in, for the template "layout".
type view struct {
	Doc
	Style, Code, Icon any
}

// Render returns the page as HTML.
func Render(d Doc) ([]byte, error) {
	var b bytes.Buffer
	if err := templates().ExecuteTemplate(&b, "layout", viewOf(d)); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Write answers with the page and the headers that it needs. If it returns an
// error, it has written nothing.
func Write(w http.ResponseWriter, status int, d Doc) error {
	body, err := Render(d)
	if err != nil {
		return err
	}
	SetHeaders(w.Header(), d)
	w.WriteHeader(status)
	_, err = w.Write(body)
	if err != nil {
		return nil // the client has gone and can't be told
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

// IsWide reports whether the layout is Wide. The template calls it.
func (d Doc) IsWide() bool { return d.Layout == Wide }
