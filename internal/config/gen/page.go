package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"

	"gatehouse/internal/config"
)

//go:embed head.md
var head string

// titles are the headings of the sections, by the name of the struct.
var titles = map[string]string{
	"Listener":               "Listening",
	"ACME":                   "Certificates from an authority",
	"SignIn":                 "Sign-in",
	"Providers":              "Several identity providers",
	"Provider":               "A provider",
	"Identity":               "Identity for applications",
	"Bearer":                 "Tokens of programs",
	"Upstreams":              "Upstreams and answers",
	"Secrets":                "Secrets of routes",
	"SecretDefaults":         "Defaults of secrets",
	"State":                  "State",
	"Operation":              "Operation",
	"LogFields":              "Fields of the log",
	"Metrics":                "Metrics",
	"Tracing":                "Traces",
	"Directory":              "The directory",
	"SMTP":                   "The mail server",
	"SES":                    "Amazon SES",
	"SMS":                    "SMS",
	"SNS":                    "Amazon SNS",
	"SMSWebhook":             "SMS by a webhook",
	"Function":               "Functions",
	"ThreatProtection":       "Threat protection",
	"LogDestination":         "Log destinations",
	"Pool":                   "User pools",
	"PoolMFA":                "MFA of a pool",
	"WebAuthn":               "Passkeys of a pool",
	"PasswordPolicy":         "Password policy",
	"PoolDevices":            "Devices of a pool",
	"LambdaConfig":           "Functions that a pool calls",
	"PoolMessages":           "Messages of a pool",
	"AcrConfiguration":       "Levels of assurance",
	"MessageText":            "Wording of a message",
	"CustomAttribute":        "Custom attributes",
	"ClientValidity":         "Lifetimes of a client",
	"Client":                 "App clients",
	"RefreshTokenRotation":   "Rotating refresh tokens",
	"User":                   "Users",
	"Access":                 "Access",
	"IdentityProvider":       "Identity providers",
	"IdentityProviderConfig": "The configuration of an identity provider",
	"Route":                  "Routes",
	"Match":                  "Which requests",
	"Target":                 "Where to",
	"Redirect":               "Redirects",
	"Response":               "Fixed answers",
	"Rewrite":                "Path and host",
	"Allow":                  "Who may",
	"SubPolicy":              "Sub-policies",
	"ClientCertificates":     "Certificates of clients",
	"DownstreamMTLS":         "Which certificates of clients are believed",
	"SubjectAltName":         "Names of a certificate",
	"RouteCertificates":      "Certificates of clients on a route",
	"RouteBearer":            "Tokens of programs on a route",
	"RouteProvider":          "Where people sign in",
	"Headers":                "Headers",
	"HeaderRewrite":          "Rewriting headers of answers",
	"Upstream":               "Connections to upstreams",
	"Kubernetes":             "Clusters of Kubernetes",
	"ModelContext":           "Model Context Protocol",
	"CertificateFiles":       "Certificate files",
	"Upgrades":               "Changes of protocol",
	"RequestLimit":           "Limits of requests",
	"ForwardAuth":            "Beside other proxies",
	"Balancing":              "Several upstreams",
	"CircuitBreakers":        "Limits of what is under way",
	"HealthCheck":            "Health checks",
	"HTTPHealthCheck":        "Health checks by HTTP",
	"StatusRange":            "Ranges of statuses",
	"HeaderToAdd":            "Headers that are added",
	"HeaderText":             "One header",
	"TCPHealthCheck":         "Health checks by TCP",
	"GRPCHealthCheck":        "Health checks by gRPC",
	"OutlierDetection":       "Outliers",
}

// page is the page so far. Its sections follow the order of the keys: a struct,
// then the structs that its keys hold.
type page struct {
	bytes.Buffer
	structs structs
	later   []section       // structs that a key holds and that have no section yet
	done    map[string]bool // structs that have a section
}

type section struct {
	name  string
	level int
	env   string // the beginning of its keys' variables; "-" if they have none
}

// generate returns the page for the source in the directory src.
func generate(src string) ([]byte, error) {
	all, err := readSource(src)
	if err != nil {
		return nil, err
	}
	p := &page{structs: all, done: map[string]bool{"Policy": true}}
	p.WriteString(head)
	p.WriteString("## At the top\n\n")
	for _, f := range all["Config"].fields {
		if !f.embedded {
			p.field(f, "", 1)
		}
	}
	for _, f := range all["Config"].fields {
		if f.embedded {
			p.section(section{name: f.typ, level: 2})
		}
	}
	for len(p.later) > 0 {
		next := p.later[0]
		p.later = p.later[1:]
		p.section(next)
	}
	p.foreign()
	return p.Bytes(), nil
}

// section writes a section for a struct and for the structs embedded in it. It
// puts the structs that its keys hold at the front of later.
func (p *page) section(s section) {
	if p.done[s.name] {
		return
	}
	p.done[s.name] = true
	t := p.structs[s.name]
	fmt.Fprintf(p, "%s %s\n\n%s\n\n", strings.Repeat("#", s.level), titles[s.name], about(s.name, t.doc))
	waiting := p.later
	p.later = nil
	for _, f := range t.fields {
		if f.embedded {
			p.section(section{name: f.typ, level: s.level + 1, env: s.env})
			continue
		}
		p.field(f, s.env, s.level)
	}
	p.later = append(p.later, waiting...)
}

// about turns a doc comment into the first sentence of a section: it removes the
// name of the type and the verb.
func about(name, doc string) string {
	for _, verb := range []string{" says ", " is ", " names ", " changes ", " holds "} {
		if rest, ok := strings.CutPrefix(doc, name+verb); ok {
			return strings.ToUpper(rest[:1]) + rest[1:]
		}
	}
	return doc
}

// field writes one key. The name of its variable is env and the key.
func (p *page) field(f fieldDoc, env string, level int) {
	name := env + strings.ToUpper(f.key)
	inner, list := strings.CutPrefix(f.typ, "[]")
	nested := p.structs[inner] != nil
	if nested {
		below := section{name: inner, level: min(level+1, 4), env: name + "_"}
		if list || env == "-" {
			below.env = "-"
		}
		p.later = append(p.later, below)
	}
	fmt.Fprintf(p, "- **`%s`**: %s", f.key, p.kind(f, inner, list, nested))
	if f.fallback != "" {
		fmt.Fprintf(p, ", default `%s`", f.fallback)
	}
	if env != "-" && (!nested || list) {
		fmt.Fprintf(p, ", variable `%s`", name)
	}
	fmt.Fprintf(p, ".\n  %s\n", f.doc)
	if values := strings.Trim(f.enum, ","); strings.Contains(values, ",") {
		fmt.Fprintf(p, "  Values: `%s`.\n", strings.ReplaceAll(values, ",", "`, `"))
	}
	p.WriteString("\n")
}

var kinds = map[string]string{
	"string": "text", "bool": "true or false", "int": "number", "any": "policy",
	"seal.Secret": "secret text", "time.Duration": "duration", "url.URL": "URL",
	"[]string": "list of texts", "[]seal.Secret": "list of secret texts", "[]url.URL": "list of URLs",
	"map[string]string": "map of texts", "map[string]bool": "map of true or false", "map[string]int": "map of numbers",
	"map[string][]any": "map of lists", "map[string]any": "map", "ClaimHeaders": "map or list", "UpstreamURLs": "URL or list of URLs",
	"Payload": "text or bytes", "Payloads": "list of texts or bytes",
	"Rules": "policy", "map[string]TokenIssuer": "map of issuers", "map[string]SecretBinding": "map of files",
}

func (p *page) kind(f fieldDoc, inner string, list, nested bool) string {
	switch {
	case nested && list:
		return "list of [" + strings.ToLower(titles[inner]) + "](#" + anchor(titles[inner]) + ")"
	case nested:
		return "[structure](#" + anchor(titles[inner]) + ")"
	default:
		return kinds[f.typ]
	}
}

func anchor(title string) string {
	return strings.ReplaceAll(strings.ToLower(title), " ", "-")
}

func (p *page) foreign() {
	p.WriteString("## Other keys of Pomerium\n\n")
	p.WriteString("Gatehouse knows these keys of Pomerium, but does not have them. **Not offered** keys are errors: ignoring them would open access or break something. **Removed** keys are those of older versions of Pomerium; they have no effect, and a warning says what to write. **Ignored** keys cause one warning that names all of them.\n\nA key at the top that begins with `x-`, `_` or a dot, or that holds an anchor, may define values for aliases (`*name`).\n\n")
	p.WriteString("| key | in | is | what to do |\n|---|---|---|---|\n")
	var top, route []string
	for _, f := range config.ForeignKeys() {
		in := "top"
		switch {
		case f.List != "":
			in = "route of `" + f.List + "`"
		case f.Route:
			in = "route"
		}
		switch {
		case f.Says != "":
			fmt.Fprintf(p, "| `%s` | %s | %s | %s |\n", f.Key, in, f.Verdict, says(f))
		case f.Route:
			route = append(route, f.Key)
		default:
			top = append(top, f.Key)
		}
	}
	fmt.Fprintf(p, "\nIgnored at the top: `%s`.\n\nIgnored in routes: `%s`.\n", strings.Join(top, "`, `"), strings.Join(route, "`, `"))
}

func says(f config.Foreign) string {
	text := f.Says
	if len(f.Unless) > 0 {
		text += " (accepted: `" + strings.Join(f.Unless, "`, `") + "`)"
	}
	if len(f.Only) > 0 {
		text += " (refused: `" + strings.Join(f.Only, "`, `") + "`; other values but `" + f.Same[0] + "` are ignored with a warning)"
	}
	return text
}
