package branding

import (
	"bytes"
	"slices"
)

// Asset is an image of a style.
type Asset struct {
	Category   string
	ColorMode  string
	Extension  string
	ResourceID string
	Bytes      []byte
}

// graphics are the formats of images that are no icon.
var graphics = []string{"PNG", "SVG", "JPEG", "WEBP"}

// formats has the formats of the categories that take fewer.
var formats = map[string][]string{
	"FAVICON_ICO": {"ICO"}, "FAVICON_SVG": {"SVG"}, "IDP_BUTTON_ICON": {"ICO", "SVG"},
}

// check checks that an asset is an image of its format. ErrStyle.
func (a *Asset) check() error {
	allowed, special := formats[a.Category]
	if !special {
		allowed = graphics
	}
	switch {
	case !slices.Contains(allowed, a.Extension):
		return ErrStyle.Saying("An asset of the category %s cannot have the extension %s.", a.Category, a.Extension)
	case len(a.Bytes) == 0:
		return ErrStyle.Saying("An asset of the category %s has no bytes.", a.Category)
	case a.Extension == "SVG":
		if problem := svgProblem(a.Bytes); problem != "" {
			return ErrStyle.Saying("An asset of the category %s cannot be used: %s.", a.Category, problem)
		}
	case !startsLike(a.Extension, a.Bytes):
		return ErrStyle.Saying("An asset of the category %s is no image of the format %s.", a.Category, a.Extension)
	}
	return nil
}

// startsLike reports whether a file begins as those of a format do.
func startsLike(format string, b []byte) bool {
	switch format {
	case "PNG":
		return bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n"))
	case "JPEG":
		return bytes.HasPrefix(b, []byte("\xff\xd8\xff"))
	case "ICO":
		return bytes.HasPrefix(b, []byte{0, 0, 1, 0})
	case "WEBP":
		return len(b) > 12 && bytes.HasPrefix(b, []byte("RIFF")) && string(b[8:12]) == "WEBP"
	}
	return false
}
