package remote

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// execGroup is the API in which kubectl speaks to its plug-ins
// (client.authentication.k8s.io).
const execGroup = "client.authentication.k8s.io/"

// execVersions are the versions that plug-ins speak, the newest first.
var execVersions = []string{execGroup + "v1", execGroup + "v1beta1"}

// ExecInfo is what kubectl tells a plug-in in the variable KUBERNETES_EXEC_INFO.
type ExecInfo struct {
	APIVersion string `json:"apiVersion"`
	Spec       struct {
		Cluster struct {
			Server string `json:"server"`
		} `json:"cluster"`
	} `json:"spec"`
}

// ParseExecInfo reads the variable. Without it, the client is an old one, which has
// v1beta1 alone.
func ParseExecInfo(text string) (ExecInfo, error) {
	if text == "" {
		return ExecInfo{APIVersion: execGroup + "v1beta1"}, nil
	}
	var info ExecInfo
	if err := json.Unmarshal([]byte(text), &info); err != nil {
		return info, fmt.Errorf("KUBERNETES_EXEC_INFO can't be read: %w", err)
	}
	if !slices.Contains(execVersions, info.APIVersion) {
		return info, fmt.Errorf("the client asks for apiVersion %q; write %s under exec in its configuration", info.APIVersion, execVersions[0])
	}
	return info, nil
}

// Answer returns what a plug-in prints. The gateway takes the token for one of its own
// by the text before it (Pomerium).
func (i ExecInfo) Answer(c Credential) ([]byte, error) {
	status := map[string]any{"token": "Pomerium-" + c.Token.Reveal()}
	if !c.Expires.IsZero() {
		status["expirationTimestamp"] = c.Expires.UTC().Format(time.RFC3339)
	}
	return json.Marshal(map[string]any{"apiVersion": i.APIVersion, "kind": "ExecCredential", "status": status})
}
