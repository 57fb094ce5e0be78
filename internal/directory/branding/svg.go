package branding

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
)

// svgElements are those that draw. None runs a script or shows another document.
var svgElements = []string{
	"svg", "g", "defs", "symbol", "use", "title", "desc", "metadata", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon",
	"text", "tspan", "textPath", "linearGradient", "radialGradient", "stop", "clipPath", "mask", "pattern", "marker", "filter",
	"feBlend", "feColorMatrix", "feComponentTransfer", "feComposite", "feConvolveMatrix", "feDiffuseLighting", "feDisplacementMap", "feDistantLight", "feDropShadow",
	"feFlood", "feFuncA", "feFuncB", "feFuncG", "feFuncR", "feGaussianBlur", "feMerge", "feMergeNode", "feMorphology", "feOffset", "fePointLight",
	"feSpecularLighting", "feSpotLight", "feTile", "feTurbulence",
}

const svgNamespace = "http://www.w3.org/2000/svg"

// svgProblem says, as a part of a sentence, why an SVG may not be shown; "": it may.
func svgProblem(text []byte) string {
	dec := xml.NewDecoder(bytes.NewReader(text))
	for root := true; ; {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			if root {
				return "it is no SVG"
			}
			return ""
		}
		if err != nil {
			return "it is not well-formed XML"
		}
		switch t := token.(type) {
		case xml.Directive:
			return "it has a document type"
		case xml.ProcInst:
			if t.Target != "xml" {
				return "it has a processing instruction"
			}
		case xml.StartElement:
			if root && (t.Name.Local != "svg" || t.Name.Space != svgNamespace) {
				return "it is no SVG"
			}
			root = false
			if problem := elementProblem(t); problem != "" {
				return problem
			}
		}
	}
}

func elementProblem(e xml.StartElement) string {
	if e.Name.Space != svgNamespace || !slices.Contains(svgElements, e.Name.Local) {
		return "the element " + e.Name.Local + " is not allowed"
	}
	for _, a := range e.Attr {
		name, value := strings.ToLower(a.Name.Local), strings.ToLower(a.Value)
		switch {
		case strings.HasPrefix(name, "on"):
			return "the attribute " + a.Name.Local + " is not allowed"
		case name == "href" && !strings.HasPrefix(strings.TrimSpace(value), "#"):
			return "a reference leads out of it"
		case name == "base" || a.Name.Space != "xmlns" && name != "xmlns" && leadsOut(value):
			return "the value of the attribute " + a.Name.Local + " is not allowed"
		}
	}
	return ""
}

// leadsOut reports whether a value of an attribute or of a style names something
// outside of the document, or hides what it says.
func leadsOut(value string) bool {
	if strings.Contains(value, "javascript:") || strings.Contains(value, "data:") || strings.Contains(value, "@import") || strings.Contains(value, `\`) {
		return true
	}
	for rest := value; ; {
		_, after, found := strings.Cut(rest, "url(")
		if !found {
			return false
		}
		if !strings.HasPrefix(strings.TrimLeft(after, ` "'`), "#") {
			return true
		}
		rest = after
	}
}
