package config

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"gatehouse/internal/base/seal"
)

// AWSKey is an access key of AWS.
type AWSKey struct {
	ID            string
	Secret, Token seal.Secret // Token "": the key is not temporary
}

// OperatorKey returns the access key of whoever runs a command, from where AWS's own
// command line has it: the environment, or a profile in its two files. The error says
// what is missing.
// AWS: "Configuration and credential file settings in the AWS CLI".
func OperatorKey(getenv func(string) string) (AWSKey, error) {
	id, secret := getenv("AWS_ACCESS_KEY_ID"), getenv("AWS_SECRET_ACCESS_KEY")
	switch {
	case id != "" && secret != "":
		return AWSKey{id, seal.Secret(secret), seal.Secret(getenv("AWS_SESSION_TOKEN"))}, nil
	case id != "":
		return AWSKey{}, errors.New("AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is not")
	case secret != "":
		return AWSKey{}, errors.New("AWS_SECRET_ACCESS_KEY is set, and AWS_ACCESS_KEY_ID is not")
	}
	if getenv("AWS_WEB_IDENTITY_TOKEN_FILE") != "" {
		return AWSKey{}, errors.New("AWS_WEB_IDENTITY_TOKEN_FILE is set, which only AWS's own programs follow: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or unset it")
	}
	chosen := cmp.Or(getenv("AWS_DEFAULT_PROFILE"), getenv("AWS_PROFILE")) // the AWS CLI has this order
	name := cmp.Or(chosen, "default")
	files := []string{awsFile(getenv("AWS_CONFIG_FILE"), "config"), awsFile(getenv("AWS_SHARED_CREDENTIALS_FILE"), "credentials")}
	profile, err := awsProfile(name, files[0], files[1])
	switch {
	case err != nil:
		return AWSKey{}, err
	case profile == nil && chosen != "":
		return AWSKey{}, fmt.Errorf("the profile %q, which AWS_PROFILE or AWS_DEFAULT_PROFILE names, is neither in %s nor in %s", name, files[0], files[1])
	case profile == nil:
		return AWSKey{}, errors.New("no access key of AWS: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE to a profile that has a key")
	}
	return keyOfProfile(name, profile)
}

// awsFile returns the path of one of the two files. "": there is no home to have it. A
// path from where the command runs would read the key of whoever left a file there.
func awsFile(chosen, usual string) string {
	path := cmp.Or(chosen, "~/.aws/"+usual)
	rest, ok := strings.CutPrefix(path, "~/")
	if !ok {
		return path
	}
	home, err := os.UserHomeDir()
	if err != nil || !filepath.IsAbs(home) {
		return ""
	}
	return filepath.Join(home, rest)
}

// elsewhere are settings of a profile whose key comes from somewhere else, even if the
// profile has one.
var elsewhere = []string{"role_arn", "web_identity_token_file", "sso_session", "sso_start_url", "credential_process", "login_session"}

func keyOfProfile(name string, profile map[string]string) (AWSKey, error) {
	for _, setting := range elsewhere {
		if profile[setting] != "" {
			return AWSKey{}, fmt.Errorf(`the profile %q gets its key by %s, which only AWS's own programs follow; run this first: eval "$(aws configure export-credentials --profile %s --format env)"`, name, setting, shellWord(name))
		}
	}
	key := AWSKey{profile["aws_access_key_id"], seal.Secret(profile["aws_secret_access_key"]), seal.Secret(profile["aws_session_token"])}
	if key.ID == "" || key.Secret == "" {
		return AWSKey{}, fmt.Errorf("the profile %q has no aws_access_key_id with an aws_secret_access_key", name)
	}
	return key, nil
}

// shellWord returns a text as one word of a shell's line.
func shellWord(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// keyParts are the settings that make a key together.
var keyParts = []string{"aws_access_key_id", "aws_secret_access_key", "aws_session_token"}

// awsProfile returns the settings of a profile. The file of credentials goes before the
// other one, and a key comes from one file alone. nil: neither file has the profile.
func awsProfile(name, config, credentials string) (map[string]string, error) {
	var profile map[string]string
	for _, f := range []struct {
		path string
		is   func(section string) bool
	}{
		{config, func(section string) bool {
			named, ok := strings.CutPrefix(section, "profile ")
			return ok && strings.Trim(strings.TrimSpace(named), `"'`) == name || !ok && section == name && name == "default"
		}},
		{credentials, func(section string) bool { return section == name }},
	} {
		file, err := os.Open(f.path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		settings, err := awsSection(file, f.is)
		file.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.path, err)
		}
		if settings == nil {
			continue
		}
		if profile == nil {
			profile = map[string]string{}
		}
		without := settings
		if settings["aws_access_key_id"] != "" {
			without = profile
		}
		for _, part := range keyParts {
			delete(without, part)
		}
		maps.Copy(profile, settings)
	}
	return profile, nil
}

// awsSection returns the settings of a section of a file. nil: the file has no such
// section. What is indented belongs to the setting above, and no such setting is needed.
func awsSection(file io.Reader, is func(section string) bool) (map[string]string, error) {
	var settings map[string]string
	in := false
	for lines := bufio.NewScanner(file); ; {
		if !lines.Scan() {
			return settings, lines.Err()
		}
		line := lines.Text()
		text := strings.TrimSpace(line)
		if section, ok := strings.CutPrefix(text, "["); ok {
			section, _, _ = strings.Cut(section, "]")
			if in = is(strings.TrimSpace(section)); in && settings == nil {
				settings = map[string]string{}
			}
			continue
		}
		mark := strings.IndexAny(text, "=:")
		if in && mark >= 0 && line[0] != ' ' && line[0] != '\t' && text[0] != '#' && text[0] != ';' {
			settings[strings.ToLower(strings.TrimSpace(text[:mark]))] = strings.TrimSpace(text[mark+1:])
		}
	}
}
