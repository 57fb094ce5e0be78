// Package settings reads what a person wrote to configure a program: a YAML, JSON
// or TOML file, and environment variables that win over the file. It fills a
// struct, and reports everything that is wrong at once. Each [Fault] names the
// file and line (or the variable), the text found there, what was expected, and
// often a hint.
//
// A program describes its configuration as a struct. The tags of a field say
// which key it holds:
//
//	type Options struct {
//		Address  string        `key:"address" default:":8080"`
//		LogLevel string        `key:"log_level" default:"info" enum:"debug,info,warn"`
//		Timeout  time.Duration `key:"timeout" default:"30s"`
//		Mail     *Mail         `key:"mail"` // Mail is a struct with keys of its own
//	}
//
//	doc := settings.Open(settings.Source{Path: "app.yaml", Env: os.Environ()})
//	var o Options
//	doc.Overlay(&o)
//	doc.Decode(&o)
//	err := doc.Err()
//
// The error has one line for each fault:
//
//	adress: unknown key (app.yaml:3); did you mean "address"?
//
// [Suggest] makes such hints, also for other words that people type, such as
// commands.
//
// These are the steps. Each collects its faults and goes on:
//
//	text ──Open──▶ tree of nodes, each with its place
//	     ──Overlay──▶ the same tree, with the values of environment variables
//	     ──Decode──▶ the struct: keys known, types right, defaults filled in
//	     ──ReadText──▶ the files that values name
//
// The variable of a key is its name in upper case. The names of nested keys are
// joined by an underscore: MAIL_HOST is the key host in the struct mail.
//
// Whether a value makes sense is for the program to check: it places its own
// faults with [Trail.Fault] and hands them to [Document.Add]. The package knows
// no key of any program.
//
// The tags of a field:
//
//	key      the name of the key; a field without one is not part of the file
//	default  the value if the key is left out, written as in a variable
//	enum     the allowed values, separated by commas
//	alias    other words for allowed values: "warning=warn,off=disabled"
//	prefix   a text that may precede each allowed value
//	bare     the scheme of a URL that is written as a host alone
//	env      "base64" if the variable of a list holds base64 of a YAML list
//
// A field's type is string, [seal.Secret], bool, int, [time.Duration],
// [*url.URL], any, a struct, a pointer to one of these, a slice or a map of
// them with string keys, or a [SelfDecoder].
package settings
