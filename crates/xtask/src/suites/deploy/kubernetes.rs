//! The manifests, by the schemas of Kubernetes and by what the gateway says of itself: its configuration, its ports, and
//! how long it takes to stop.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::run::{Result, cargo, check, command, output, pip_program, read, root, scratch, write};
use crate::suites::Tally;

const VALIDATE: &str = "kubernetes-validate==1.37.0";
/// The oldest that the manifests are for, and the newest whose schemas there are.
const VERSIONS: [&str; 2] = ["1.30", "1.37"];
const MANIFESTS: [&str; 2] = ["one-node.yaml", "many-nodes.yaml"];
/// What the Secret holds under `store`; nobody is asked for it.
const STORE: &str = "rediss://gateway:password@redis.example.com:6379/0\n";
/// A gateway that was asked to stop has done so by then; docs/gateway-operation.md.
const DRAIN_SECONDS: u64 = 25;

pub(super) fn run(tally: &mut Tally) {
    let validate = pip_program(VALIDATE, "kubernetes-validate");
    for name in MANIFESTS {
        let path = root().join("deploy/kubernetes").join(name);
        let tools = validate.as_ref().map_err(Clone::clone);
        tally.note(
            &format!("Kubernetes takes {name}"),
            tools.and_then(|validate| is_valid(validate, &path)),
        );
        let tools = validate.as_ref().map_err(Clone::clone);
        tally.note(
            &format!("the gateway takes the configuration of {name}, and its parts fit"),
            tools.and_then(|validate| {
                let parts = Parts::read(validate, &path)?;
                parts.fit()?;
                parts.configuration(name)
            }),
        );
    }
}

fn is_valid(validate: &Path, manifest: &Path) -> Result<()> {
    let at = |version: &str, file: &Path| {
        let mut validate = command(validate);
        validate.args(["--strict", "--quiet", "--kubernetes-version", version]);
        validate.arg(file);
        validate
    };
    for version in VERSIONS {
        check(&mut at(version, manifest))?;
    }
    // A word that Kubernetes does not know is found.
    let wrong = scratch("deploy-kubernetes")?.join("wrong.yaml");
    write(&wrong, &read(manifest)?.replace("replicas:", "replica:"))?;
    match output(&mut at(VERSIONS[0], &wrong)) {
        Ok(_) => Err("it also takes `replica` in the place of `replicas`".into()),
        Err(_) => Ok(()),
    }
}

/// The objects of a manifest.
struct Parts(Vec<Value>);

impl Parts {
    /// Python reads YAML; kubernetes-validate has brought what that needs.
    fn read(validate: &Path, manifest: &Path) -> Result<Self> {
        let program = "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))";
        let python = validate.with_file_name("python");
        let text = output(command(python).args(["-c", program]).arg(manifest))?;
        serde_json::from_str(&text)
            .map(Self)
            .map_err(|error| error.to_string())
    }

    fn of(&self, kind: &str) -> Result<&Value> {
        let found = self.0.iter().find(|object| object["kind"] == kind);
        found.ok_or_else(|| format!("it has no {kind}"))
    }

    fn pod(&self) -> Result<&Value> {
        Ok(&self.of("Deployment")?["spec"]["template"])
    }

    fn toml(&self) -> Result<&str> {
        let text = self.of("ConfigMap")?["data"]["gateway.toml"].as_str();
        text.ok_or_else(|| "the ConfigMap has no gateway.toml".into())
    }

    /// What Kubernetes does not look at.
    fn fit(&self) -> Result<()> {
        let pod = self.pod()?;
        let (labels, spec) = (&pod["metadata"]["labels"], &pod["spec"]);
        let container = &spec["containers"][0];
        let user = image_user()?;
        let stop = &container["lifecycle"]["preStop"]["sleep"]["seconds"];
        let patience = spec["terminationGracePeriodSeconds"].as_u64().unwrap_or(0);
        let port = |name: &str| {
            let ports = container["ports"].as_array().into_iter().flatten();
            let port = ports
                .filter(|port| port["name"] == name)
                .find_map(|port| port["containerPort"].as_u64());
            port.map(|port| format!("{name} = \"0.0.0.0:{port}\""))
        };
        let listens = |name: &str| {
            port(name).is_some_and(|line| self.toml().is_ok_and(|toml| toml.contains(&line)))
        };
        let probe = |name: &str, path: &str| {
            container[name]["httpGet"] == serde_json::json!({"path": path, "port": "admin"})
        };
        let secure = &container["securityContext"];
        let selects = |object: &Value| object == labels;
        let service = self.of("Service")?;
        let keep_out = self.of("NetworkPolicy")?;
        let deployment = &self.of("Deployment")?["spec"];
        let is_alone = deployment["replicas"] == 1;
        let budget = self.of("PodDisruptionBudget");
        let spread = spec["topologySpreadConstraints"].as_array();
        let selects_own = |object: &Value| selects(&object["labelSelector"]["matchLabels"]);
        for (good, what) in [
            (
                is_alone || budget.is_ok_and(|it| selects(&it["spec"]["selector"]["matchLabels"])),
                "no PodDisruptionBudget keeps some of its pods",
            ),
            (
                is_alone || spread.is_some_and(|all| all.iter().all(selects_own)),
                "its pods are not spread over machines",
            ),
            (
                patience >= stop.as_u64().unwrap_or(0) + DRAIN_SECONDS,
                "terminationGracePeriodSeconds cuts the drain off",
            ),
            (
                spec["securityContext"]["runAsUser"].as_u64() == Some(user),
                "the user is not the image's",
            ),
            (
                spec["securityContext"]["fsGroup"].as_u64() == Some(user),
                "the user cannot read the secrets",
            ),
            (
                spec["securityContext"]["runAsNonRoot"] == true,
                "it may run as root",
            ),
            (
                secure["readOnlyRootFilesystem"] == true,
                "the root can be written to",
            ),
            (
                secure["allowPrivilegeEscalation"] == false,
                "it may gain rights",
            ),
            (
                secure["capabilities"]["drop"][0] == "ALL",
                "it has capabilities",
            ),
            (
                spec["automountServiceAccountToken"] == false,
                "it gets a token of the cluster's",
            ),
            (
                listens("public") && listens("admin"),
                "a port is not the configuration's",
            ),
            (
                probe("livenessProbe", "/healthz") && probe("readinessProbe", "/readyz"),
                "a probe asks for something else",
            ),
            (
                selects(&self.of("Deployment")?["spec"]["selector"]["matchLabels"]),
                "the Deployment's selector is another one",
            ),
            (
                selects(&service["spec"]["selector"]),
                "the Service selects other pods",
            ),
            (
                service["spec"]["ports"][0]["targetPort"] == "public",
                "the Service leads elsewhere",
            ),
            (
                selects(&keep_out["spec"]["podSelector"]["matchLabels"]),
                "the NetworkPolicy selects other pods",
            ),
        ] {
            if !good {
                return Err(what.into());
            }
        }
        Ok(())
    }

    /// As it lies in the pod: with files of the Secret beside it, whose names the manifest's head says.
    fn configuration(&self, name: &str) -> Result<()> {
        let folder = scratch("deploy-configuration")?;
        let manifest = read(&root().join("deploy/kubernetes").join(name))?;
        let secrets = manifest.split("--from-file=").skip(1);
        for secret in secrets.filter_map(|rest| rest.split_whitespace().next()) {
            let text = match secret {
                "store" => STORE,
                _ => "a-secret-of-the-check-that-is-long-enough\n",
            };
            write(&folder.join(secret), text)?;
        }
        let file: PathBuf = folder.join("gateway.toml");
        write(&file, self.toml()?)?;
        check(
            cargo()
                .args([
                    "run",
                    "--quiet",
                    "--package",
                    "wotnot-cli",
                    "--bin",
                    "wotnot",
                ])
                .args(["--", "gateway", "check", "--config"])
                .arg(&file),
        )
    }
}

/// The user that the image runs as.
fn image_user() -> Result<u64> {
    let text = read(&root().join("deploy/Dockerfile"))?;
    let user = text.lines().find_map(|line| line.strip_prefix("USER "));
    let user = user.and_then(|user| user.split(':').next()?.parse().ok());
    user.ok_or_else(|| "the Dockerfile names no user by number".into())
}
