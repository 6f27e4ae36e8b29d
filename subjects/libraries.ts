/**
 * The libraries that lawbook has an adapter for. Each is an import and a release away: `diffusers`, `pip:diffusers==0.42.1`.
 */
export interface Library {
  /** Name of its distribution, as pip spells it. */
  readonly name: string;
  readonly title: string;
  /** What it imports beside torch, numpy and scipy; installed with what these need themselves. */
  readonly support: readonly string[];
  /** The same, installed without what they need: they name torch, which the base has. */
  readonly bare: readonly string[];
  /** Name of its adapter. */
  readonly adapter: string;
  /** The module that it imports. */
  readonly module: string;
  /** Whether a user's classes can be held to its conventions: `--like`. */
  readonly likened: boolean;
}

export const libraries: readonly Library[] = [
  {
    name: "diffusers",
    title: "Hugging Face diffusers: schedulers and training weights",
    support: [
      "huggingface_hub",
      "safetensors",
      "regex",
      "requests",
      "filelock",
      "pyyaml",
      "tqdm",
      "packaging",
      "pillow",
      "importlib_metadata",
      "httpx",
    ],
    bare: ["torchsde", "trampoline"],
    adapter: "diffusers",
    module: "diffusers",
    likened: true,
  },
  {
    name: "flow-matching",
    title: "flow_matching: probability paths, schedulers and the ODE solver",
    support: ["tqdm"],
    bare: ["torchdiffeq"],
    adapter: "flow_matching",
    module: "flow_matching",
    likened: false,
  },
  {
    name: "azula",
    title: "azula: noise schedules, denoisers and samplers",
    support: ["einops", "jaxtyping", "tqdm"],
    bare: [],
    adapter: "azula",
    module: "azula",
    likened: false,
  },
  {
    name: "torchcfm",
    title: "torchcfm: conditional flow matchers",
    support: [],
    // The library names what its examples need; it imports the optimal transport library and torch.
    bare: ["pot"],
    adapter: "torchcfm",
    module: "torchcfm",
    likened: false,
  },
  {
    name: "bionemo-moco",
    title: "bionemo-moco: diffusion and flow matching of tokens and of real numbers",
    support: [],
    bare: ["jaxtyping", "wadler_lindig", "pot"],
    adapter: "bionemo_moco",
    module: "bionemo.moco",
    likened: false,
  },
];

/** Names of distributions differ in case and separators only by accident. */
export const normalised = (name: string): string => name.toLowerCase().replace(/[-_.]+/g, "-");

export function libraryNamed(name: string): Library | undefined {
  return libraries.find((library) => library.name === normalised(name));
}
