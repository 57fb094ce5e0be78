package page

import (
	"fmt"
	"html/template"
	"strings"

	"rsc.io/qr"
)

// QR is a QR code of an address that another device opens, such as a phone with an
// authenticator app. The link below it is for the device that shows the page.
type QR struct {
	Address string // otpauth://…; the caller makes it, and never from what a stranger says
	Label   string // what a screen reader says in place of the picture
	Link    string // the words of the link
}

func (q QR) html(t *template.Template) (template.HTML, error) {
	code, err := qr.Encode(q.Address, qr.M)
	if err != nil {
		return "", fmt.Errorf("draw a QR code: %w", err)
	}
	return run(t, "qr", struct {
		QR
		Href template.URL // html/template knows no otpauth:, and would drop it
		Box  string
		Path string
	}{q, template.URL(q.Address), box(code), path(code)})
}

// quiet is the width of the white edge that readers need. ISO 18004 §6.3.8.
const quiet = 4

func box(code *qr.Code) string {
	side := code.Size + 2*quiet
	return fmt.Sprintf("-%d -%d %d %d", quiet, quiet, side, side)
}

// path draws each row's runs of black modules as rectangles.
func path(code *qr.Code) string {
	var p strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&p, "M%d %dh%dv1h-%dz", from, y, x-from, x-from)
			}
		}
	}
	return p.String()
}
