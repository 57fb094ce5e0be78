package page

import (
	"html/template"
	"net/url"
	"slices"
	"strings"

	"gatehouse/internal/base/hostname"
)

// maxPictureOrigins limits the length of the Content-Security-Policy. A page with
// pictures of more origins may load them from anywhere by https.
const maxPictureOrigins = 40

// pictureURL returns the address of a picture as a template may write it, or "" if
// it is not one that a page shows: data:image/…, or the URL of a web server.
func pictureURL(text string) template.URL {
	if strings.HasPrefix(text, "data:image/") || pictureOrigin(text) != "" {
		return template.URL(text)
	}
	return ""
}

// pictureOrigin returns the origin of a web server's URL, or "". The origin stands
// in a header, so its host must be a plain name.
func pictureOrigin(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
		return ""
	}
	if _, _, ok := hostname.Parse(u.Host); !ok {
		return ""
	}
	return u.Scheme + "://" + strings.ToLower(u.Host)
}

// pictureSources returns the sources of a Content-Security-Policy for the pictures
// of blocks.
func pictureSources(b Block) string {
	var origins []string
	eachPicture(b, func(text string) {
		if o := pictureOrigin(text); o != "" && !slices.Contains(origins, o) {
			origins = append(origins, o)
		}
	})
	switch {
	case len(origins) == 0:
		return ""
	case len(origins) > maxPictureOrigins:
		return " https:"
	}
	return " " + strings.Join(origins, " ")
}

func eachPicture(b Block, do func(string)) {
	switch b := b.(type) {
	case Blocks:
		for _, child := range b {
			eachPicture(child, do)
		}
	case Section:
		eachPicture(b.Body, do)
	case Links:
		for _, tile := range b {
			do(tile.Picture)
		}
	}
}

// Image returns the tile's picture. Templates call it.
func (t Tile) Image() template.URL { return pictureURL(t.Picture) }
