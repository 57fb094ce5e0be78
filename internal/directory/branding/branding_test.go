package branding

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"strings"
	"testing"

	"gatehouse/internal/base/fault"
)

func TestStyleSheets(t *testing.T) {
	for _, css := range []string{
		"", " \n", ".label-customizable{}", ".label-customizable { font-weight: 400; color: #fff }",
		`.inputField-customizable:focus, .submitButton-customizable:hover { border: 1px solid rgb(1, 2, 3) !important; font-family: "Open Sans", 'Arial' }`,
		"/* a } comment */ .logo-customizable { max-width: 60% /* wide */ }", `.label-customizable{font-family:"/* no comment */"}`,
	} {
		want := strings.Contains(css, "no comment") // a text of fonts needs no stars
		if problem := cssProblem(css); (problem != "") != want {
			t.Errorf("%s: %q", css, problem)
		}
	}
	for _, css := range []string{
		"body{color:red}", ".other{color:red}", "#label-customizable{}", ".label-customizable .label-customizable{}", ".label-customizable:hover{}", ".label-customizable::after{}", "*{}",
		"@import 'x';", "@media print{.label-customizable{}}", ".label-customizable{@import 'x'}", ".label-customizable{color:red", ".label-customizable{color:red}}", ".label-customizable{.logo-customizable{}}",
		".background-customizable{background:url(https://evil.example.com/)}", ".background-customizable{background:URL ('x')}", `.background-customizable{background:u\72l(x)}`,
		".label-customizable{color:expression(alert(1))}", ".label-customizable{color:red;</style><script>alert(1)</script>}", ".label-customizable{color:javascript:alert(1)}", ".label-customizable{color}",
		`.label-customizable{font-family:"/*"} body{color:red} .label-customizable{font-family:"*/"}`, `.label-customizable{font-family:"} body{color:red} .label-customizable{font-family:"}`, ".label-customizable{color:red /* }", `.label-customizable{font-family:"a`,
		".label-customizable{font-family:\"a\nb\"}",
	} {
		if problem := cssProblem(css); problem == "" {
			t.Errorf("%s: is allowed", css)
		}
	}
}

// What is allowed names nothing outside, and has no other classes.
func FuzzStyleSheets(f *testing.F) {
	f.Add(`.label-customizable{font-family:"a"} /* c */ .logo-customizable{max-width:60%}`)
	f.Add(`.label-customizable{font-family:"/*"} body{color:red} .label-customizable{font-family:"*/"}`)
	f.Fuzz(func(t *testing.T, css string) {
		if cssProblem(css) != "" {
			return
		}
		plain, _ := withoutComments(css)
		for _, bad := range []string{"url(", "@", "<", `\`, "expression("} {
			if strings.Contains(strings.ToLower(plain), bad) {
				t.Errorf("%q is allowed with %q", css, bad)
			}
		}
		if strings.Count(plain, "{") != strings.Count(plain, "}") {
			t.Errorf("%q is allowed", css)
		}
	})
}

func TestSVG(t *testing.T) {
	in := func(s string) string {
		return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 1 1">` + s + "</svg>"
	}
	for _, s := range []string{in(""), in(`<g fill="url(#a)" style="stroke:red"><use xlink:href="#a"/></g>`), `<?xml version="1.0"?><!-- c -->` + in("<path d='M0 0'/>")} {
		if problem := svgProblem([]byte(s)); problem != "" {
			t.Errorf("%s: %s", s, problem)
		}
	}
	for _, s := range []string{
		"", "<html/>", "<svg/>", "<svg", in("<script>alert(1)</script>"), in("<SCRIPT/>"), in(`<g onload="x"/>`), in(`<g ONLOAD="x"/>`), in("<foreignObject/>"), in("<image/>"), in("<style>x</style>"), in("<a/>"), in("<animate/>"), in("<set/>"),
		in(`<use xlink:href="https://evil.example.com/#a"/>`), in(`<use href=" javascript:alert(1)"/>`), in(`<use href="data:image/svg+xml,x"/>`), in(`<g fill="url(https://evil.example.com/)"/>`), in(`<g style="fill:URL( 'https://evil.example.com')"/>`), in(`<g style="fill:u\72l(x)"/>`),
		`<!DOCTYPE svg [<!ENTITY a "a">]>` + in(""), `<?xml-stylesheet href="x"?>` + in(""), in(`<h:script xmlns:h="http://www.w3.org/1999/xhtml"/>`), in(`<g xml:base="https://evil.example.com"/>`), in("&a;"),
	} {
		if problem := svgProblem([]byte(s)); problem == "" {
			t.Errorf("%s: is allowed", s)
		}
	}
}

func FuzzSVG(f *testing.F) {
	f.Add([]byte(`<svg xmlns="http://www.w3.org/2000/svg"><g fill="url(#a)"/></svg>`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if svgProblem(text) != "" {
			return
		}
		for _, bad := range []string{"<script", "<!doctype", "<foreignobject", "javascript:"} {
			if strings.Contains(strings.ToLower(string(dropComments(text))), bad) && !strings.Contains(string(text), "CDATA") {
				t.Errorf("%q is allowed with %s", text, bad)
			}
		}
	})
}

// dropComments takes comments and the texts between elements away.
func dropComments(text []byte) []byte {
	var out []byte
	for {
		before, after, found := bytes.Cut(text, []byte("<!--"))
		out = append(out, before...)
		if !found {
			return out
		}
		_, text, _ = bytes.Cut(after, []byte("-->"))
	}
}

func picture(t *testing.T, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestLogos(t *testing.T) {
	if media, err := checkLogo(picture(t, 10, 10)); err != nil || media != "image/png" {
		t.Errorf("a PNG: %s, %v", media, err)
	}
	for name, b := range map[string][]byte{
		"a text": []byte("<svg/>"), "the start of a PNG": []byte("\x89PNG\r\n\x1a\n"), "a wide PNG": picture(t, 5000, 1), "a large file": append(picture(t, 1, 1), make([]byte, maxLogo)...), "a GIF": []byte("GIF89a\x01\x00\x01\x00"),
	} {
		if _, err := checkLogo(b); fault.As(err) == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAssets(t *testing.T) {
	svg := []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`)
	ico, jpeg, webp := []byte{0, 0, 1, 0, 1}, []byte("\xff\xd8\xff\xe0"), []byte("RIFF....WEBPVP8 ")
	for _, a := range []Asset{
		{Category: "FAVICON_ICO", Extension: "ICO", Bytes: ico}, {Category: "FAVICON_SVG", Extension: "SVG", Bytes: svg}, {Category: "IDP_BUTTON_ICON", Extension: "SVG", Bytes: svg},
		{Category: "FORM_LOGO", Extension: "PNG", Bytes: picture(t, 1, 1)}, {Category: "FORM_LOGO", Extension: "JPEG", Bytes: jpeg}, {Category: "FORM_LOGO", Extension: "WEBP", Bytes: webp},
	} {
		if err := a.check(); err != nil {
			t.Errorf("%s %s: %v", a.Category, a.Extension, err)
		}
	}
	for _, a := range []Asset{
		{Category: "FAVICON_ICO", Extension: "PNG", Bytes: picture(t, 1, 1)}, {Category: "FAVICON_ICO", Extension: "ICO", Bytes: svg}, {Category: "FORM_LOGO", Extension: "ICO", Bytes: ico},
		{Category: "FORM_LOGO", Extension: "PNG", Bytes: jpeg}, {Category: "FORM_LOGO", Extension: "PNG"}, {Category: "FORM_LOGO", Extension: "SVG", Bytes: []byte("<svg/>")}, {Category: "FORM_LOGO", Extension: "WEBP", Bytes: []byte("RIFF")},
	} {
		if err := a.check(); fault.As(err) == nil {
			t.Errorf("%s %s %q: %v", a.Category, a.Extension, a.Bytes, err)
		}
	}
}

func TestSettings(t *testing.T) {
	for text, want := range map[string]string{
		`{}`: "", `{"categories":{"form":{"displayGraphics":true}},"components":{"alert":{}}}`: "",
		`{"categories":{"forms":{}},"other":1}`: "Invalid settings provided. Validation errors: [{property: $.categories.forms, errorType: UnknownProperty}, {property: $.other, errorType: UnknownProperty}]",
		`{"categories":{"form":1}}`:             "Invalid settings provided. Validation errors: [{property: $.categories.form, errorType: InvalidType}]",
		`{"categories":[]}`:                     "Invalid settings provided. Validation errors: [{property: $.categories, errorType: InvalidType}]",
		`[]`:                                    "Invalid settings provided. The document is not one object.",
		`{} {}`:                                 "Invalid settings provided. The document is not one object.",
		`"text"`:                                "Invalid settings provided. The document is not one object.",
		`{"categories":`:                        "Invalid settings provided. The document cannot be read: it is not JSON.",
		`{"categories":{},"categories":{}}`:     `Invalid settings provided. The document cannot be read: "categories" stands in an object twice.`,
		`{"categories":{"auth":` + strings.Repeat("[", 30) + strings.Repeat("]", 30) + `}}`: "Invalid settings provided. The document cannot be read: its objects lie more than 16 deep in each other.",
	} {
		err, got := checkSettings([]byte(text)), ""
		if err != nil {
			got = fault.As(err).Message
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	if err := checkSettings(defaultSettings); err != nil {
		t.Errorf("the default settings: %v", err)
	}
}

func TestSettingsAreLaidOverOthers(t *testing.T) {
	got, err := merged(json.RawMessage(`{"categories":{"form":{"a":1,"b":[1,2]},"auth":{}}}`), json.RawMessage(`{"categories":{"form":{"b":[3],"c":1.50}},"components":{}}`))
	if want := `{"categories":{"auth":{},"form":{"a":1,"b":[3],"c":1.50}},"components":{}}`; err != nil || string(got) != want {
		t.Errorf("merged = %s, %v, want %s", got, err, want)
	}
	if got, err := merged(nil, nil); got != nil || err != nil {
		t.Errorf("merged(nil, nil) = %s, %v", got, err)
	}
}

func TestLinks(t *testing.T) {
	good := "https://example.com/terms?a=b#c"
	if err := checkLinks(map[string]string{"cognito:default": good, "cognito:german": good}); err != nil {
		t.Error(err)
	}
	for _, links := range []map[string]string{
		nil, {}, {"cognito:german": good}, {"cognito:default": "http://example.com"}, {"cognito:default": good, "cognito:german": "javascript:alert(1)"}, {"cognito:default": "https://"}, {"cognito:default": "https://a:b@example.com"}, {"cognito:default": "/terms"},
	} {
		if err := checkLinks(links); fault.As(err) == nil {
			t.Errorf("%v: %v", links, err)
		}
	}
}
