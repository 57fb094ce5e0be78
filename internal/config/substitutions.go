package config

import "gatehouse/internal/base/pattern"

// escapedGroup is a backslash and a digit in a substitution, where \1 was probably meant:
// pages of Pomerium's manual have it so.
var escapedGroup = pattern.New(`\\\\[0-9]`)

// warnSubstitutions names the substitutions that put in a backslash before a digit.
func (c *Config) warnSubstitutions() {
	for _, r := range c.AllRoutes() {
		for _, s := range []struct{ key, text string }{
			{"regex_rewrite_substitution", r.RegexRewriteSubstitution},
			{"host_path_regex_rewrite_substitution", r.HostPathRegexRewriteSubstitution},
		} {
			if found := escapedGroup.FindString(s.text); found != "" {
				c.Warnings = append(c.Warnings, r.Key+"."+s.key+": "+found+" is a backslash and a digit; the group is "+found[1:])
			}
		}
	}
}
