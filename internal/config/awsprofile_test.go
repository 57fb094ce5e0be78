package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/config"
)

// The key of a command is the one that AWS's own command line would use, or there is an
// error that says what to do; no error repeats a secret.
func TestTheKeyOfAnOperator(t *testing.T) {
	const env = "AWS_ACCESS_KEY_ID=AKENV AWS_SECRET_ACCESS_KEY=senv"
	credentials := `# keys
[default]
aws_access_key_id = AKDEF
aws_secret_access_key=sdef=/+
region = eu-west-1

[ staff ]
AWS_ACCESS_KEY_ID = AKTMP
aws_secret_access_key = stmp
aws_session_token = ttmp==
[half]
aws_access_key_id = AKHALF
[both]
aws_access_key_id = AKCRED
aws_secret_access_key = scred
[nested]
s3 =
  aws_access_key_id = AKNESTED
  aws_secret_access_key = snested
aws_access_key_id = AKNEST
aws_secret_access_key = snest
[colon]
aws_access_key_id: AKCOLON
aws_secret_access_key: scolon=:
[parts]
aws_secret_access_key = sother
aws_session_token = tother
[part]
aws_secret_access_key = sother
`
	settings := `[default]
region = eu-west-1
[profile conf]
aws_access_key_id = AKCONF
aws_secret_access_key = sconf
[unmarked]
aws_access_key_id = AKNO
aws_secret_access_key = sno
[profile "two words"]
aws_access_key_id = AKTWO
aws_secret_access_key = stwo
[profile both]
aws_access_key_id = AKOLD
aws_secret_access_key = sold
aws_session_token = told
[profile role]
role_arn = arn:aws:iam::000000000000:role/r
source_profile = staff
aws_access_key_id = AKROLE
aws_secret_access_key = srole
[profile sso]
sso_session = corp
[profile process]
credential_process = /bin/key
[profile processkey]
credential_process = /bin/key
aws_access_key_id = AKPROC
aws_secret_access_key = sproc
[profile web]
web_identity_token_file = /token
aws_access_key_id = AKWEB
aws_secret_access_key = sweb
[profile parts]
aws_access_key_id = AKPARTS
aws_secret_access_key = sparts
[profile part]
aws_access_key_id = AKPART
[profile it's $HOME]
role_arn = arn:aws:iam::000000000000:role/r
; [profile off]
[profile empty]
#aws_access_key_id = AKOFF
`
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Setenv("HOME", dir)
	paths := "AWS_CONFIG_FILE=" + write("config", settings) + " AWS_SHARED_CREDENTIALS_FILE=" + write("credentials", strings.ReplaceAll(credentials, "\n", "\r\n"))
	for name, tt := range map[string]struct {
		environ string
		want    string // id, secret, token; or "!" and a part of the error
	}{
		"environment":                     {env + " AWS_SESSION_TOKEN=tenv AWS_PROFILE=staff " + paths, "AKENV senv tenv"},
		"half an environment":             {"AWS_ACCESS_KEY_ID=AKENV " + paths, "!AWS_SECRET_ACCESS_KEY is not"},
		"the other half":                  {"AWS_SECRET_ACCESS_KEY=senv " + paths, "!AWS_ACCESS_KEY_ID is not"},
		"default":                         {paths, "AKDEF sdef=/+ "},
		"a profile with a temporary key":  {"AWS_PROFILE=staff " + paths, "AKTMP stmp ttmp=="},
		"the older variable":              {"AWS_DEFAULT_PROFILE=staff " + paths, "AKTMP stmp ttmp=="},
		"the older variable goes first":   {"AWS_PROFILE=conf AWS_DEFAULT_PROFILE=staff " + paths, "AKTMP stmp ttmp=="},
		"colons":                          {"AWS_PROFILE=colon " + paths, "AKCOLON scolon=: "},
		"parts of a key in another file":  {"AWS_PROFILE=parts " + paths, "AKPARTS sparts "},
		"a key in halves":                 {"AWS_PROFILE=part " + paths, `!the profile "part" has no aws_access_key_id with`},
		"a token of the web":              {"AWS_PROFILE=web " + paths, "!by web_identity_token_file"},
		"a token of the web for all":      {"AWS_WEB_IDENTITY_TOKEN_FILE=/token " + paths, "!or unset it"},
		"a name that a shell would read":  {"AWS_PROFILE=it's\u00a0$HOME " + paths, `!--profile 'it'\''s $HOME' --format`},
		"a profile of the configuration":  {"AWS_PROFILE=conf " + paths, "AKCONF sconf "},
		"a quoted name":                   {"AWS_PROFILE=two\u00a0words " + paths, "AKTWO stwo "},
		"both files":                      {"AWS_PROFILE=both " + paths, "AKCRED scred "},
		"what is indented":                {"AWS_PROFILE=nested " + paths, "AKNEST snest "},
		"a process beside a key":          {"AWS_PROFILE=processkey " + paths, "!by credential_process"},
		"no such profile":                 {"AWS_PROFILE=none " + paths, `!the profile "none", which AWS_PROFILE or AWS_DEFAULT_PROFILE names, is neither in`},
		"a section that is no profile":    {"AWS_PROFILE=unmarked " + paths, `!the profile "unmarked", which AWS_PROFILE or AWS_DEFAULT_PROFILE names, is neither in`},
		"half a key":                      {"AWS_PROFILE=half " + paths, `!the profile "half" has no aws_access_key_id with`},
		"a key that is switched off":      {"AWS_PROFILE=empty " + paths, `!the profile "empty" has no aws_access_key_id with`},
		"a role":                          {"AWS_PROFILE=role " + paths, `!by role_arn, which only AWS's own programs follow; run this first: eval "$(aws configure export-credentials --profile 'role' --format env)"`},
		"single sign-on":                  {"AWS_PROFILE=sso " + paths, "!by sso_session"},
		"a process":                       {"AWS_PROFILE=process " + paths, "!by credential_process"},
		"nothing":                         {"", "!set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"},
		"a file of credentials at home":   {"AWS_CONFIG_FILE=~/none AWS_SHARED_CREDENTIALS_FILE=~/credentials", "AKDEF sdef=/+ "},
		"a file that cannot be read":      {"AWS_CONFIG_FILE=" + dir, "!is a directory"},
		"a file with a line without end":  {"AWS_CONFIG_FILE=" + write("long", strings.Repeat("a", 1<<17)), "!too long"},
		"the usual places, empty at home": {"AWS_PROFILE=staff", "!.aws"},
	} {
		environ := map[string]string{}
		for pair := range strings.SplitSeq(tt.environ, " ") {
			k, v, _ := strings.Cut(pair, "=")
			environ[k] = strings.ReplaceAll(v, "\u00a0", " ")
		}
		key, err := config.OperatorKey(func(name string) string { return environ[name] })
		got := key.ID + " " + key.Secret.Reveal() + " " + key.Token.Reveal()
		if err != nil {
			got = "!" + err.Error()
		}
		if part, fails := strings.CutPrefix(tt.want, "!"); fails && (err == nil || !strings.Contains(got, part)) || !fails && got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
		if err != nil && (strings.Contains(got, "srole") || strings.Contains(got, "senv")) {
			t.Errorf("%s: %s repeats a secret", name, got)
		}
	}
}

// Without a home there is no file to read, least of all one that lies where the command
// runs.
func TestNoKeyOfTheDirectoryInWhichACommandRuns(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, dir := range []string{".aws", "~/.aws"} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dir+"/credentials", []byte("[default]\naws_access_key_id=AKHERE\naws_secret_access_key=shere\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, home := range []string{"", "."} {
		t.Setenv("HOME", home)
		if key, err := config.OperatorKey(func(string) string { return "" }); err == nil {
			t.Errorf("HOME=%q: used the key %s", home, key.ID)
		}
	}
}
