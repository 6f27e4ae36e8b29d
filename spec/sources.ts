/**
 * # Sources
 *
 * Who says so, and how far that was checked. *verified*: the formula was read in the paper's text or in the named code.
 * *second-hand*: read in someone's notes of the paper. *unverified*: known from general knowledge. *derived*: proved from the
 * definitions, in the law's header or by the algebra shown there. A place in a paper is given only where it is verified or
 * second-hand.
 */

export type Status = "verified" | "second-hand" | "unverified" | "derived";

export interface Citation {
  readonly key: string;
  readonly text: string;
  readonly status: Status;
  /** Equation, section or file; present only where someone looked. */
  readonly place?: string;
}

const paper =
  (key: string, text: string) =>
  (status: Status, place?: string): Citation => ({ key, text, status, ...(place === undefined ? {} : { place }) });

type Paper = (status: Status, place?: string) => Citation;

export const ho2020: Paper = paper("ho2020", "Ho, Jain, Abbeel: Denoising diffusion probabilistic models (2020)");
export const kingma2021: Paper = paper("kingma2021", "Kingma, Salimans, Poole, Ho: Variational diffusion models (2021)");
export const nichol2021: Paper = paper("nichol2021", "Nichol, Dhariwal: Improved denoising diffusion probabilistic models (2021)");
export const song2021ddim: Paper = paper("song2021ddim", "Song, Meng, Ermon: Denoising diffusion implicit models (2021)");
export const song2021sde: Paper = paper(
  "song2021sde",
  "Song et al.: Score-based generative modeling through stochastic differential equations (2021)",
);
export const karras2022: Paper = paper(
  "karras2022",
  "Karras, Aittala, Aila, Laine: Elucidating the design space of diffusion-based generative models (2022)",
);
export const salimans2022: Paper = paper(
  "salimans2022",
  "Salimans, Ho: Progressive distillation for fast sampling of diffusion models (2022)",
);
export const lu2022: Paper = paper("lu2022", "Lu et al.: DPM-Solver and DPM-Solver++ (2022)");
export const lin2024: Paper = paper("lin2024", "Lin, Liu, Li, Yang: Common diffusion noise schedules and sample steps are flawed (2024)");
export const hang2023: Paper = paper("hang2023", "Hang et al.: Efficient diffusion training via min-SNR weighting strategy (2023)");
export const lipman2023: Paper = paper("lipman2023", "Lipman, Chen, Ben-Hamu, Nickel, Le: Flow matching for generative modeling (2023)");
export const hoSalimans2022: Paper = paper("hoSalimans2022", "Ho, Salimans: Classifier-free diffusion guidance (2022)");
export const dhariwal2021: Paper = paper("dhariwal2021", "Dhariwal, Nichol: Diffusion models beat GANs on image synthesis (2021)");
export const anderson1982: Paper = paper("anderson1982", "Anderson: Reverse-time diffusion equation models (1982)");
export const efron2011: Paper = paper("efron2011", "Efron: Tweedie's formula and selection bias (2011)");
export const austin2021: Paper = paper(
  "austin2021",
  "Austin, Johnson, Ho, Tarlow, van den Berg: Structured denoising diffusion models in discrete state-spaces (2021)",
);
export const campbell2022: Paper = paper(
  "campbell2022",
  "Campbell et al.: A continuous time framework for discrete denoising models (2022)",
);
export const lou2024: Paper = paper(
  "lou2024",
  "Lou, Meng, Ermon: Discrete diffusion modeling by estimating the ratios of the data distribution (2024)",
);
export const sahoo2024: Paper = paper("sahoo2024", "Sahoo et al.: Simple and effective masked diffusion language models (2024)");
export const zheng2024: Paper = paper(
  "zheng2024",
  "Zheng et al.: Masked diffusion models are secretly time-agnostic masked models and exploit inaccurate categorical sampling (2024)",
);
export const chen2023: Paper = paper(
  "chen2023",
  "Chen, Zhang, Hinton: Analog bits: generating discrete data using diffusion models with self-conditioning (2023)",
);
export const gat2024: Paper = paper("gat2024", "Gat et al.: Discrete flow matching (2024)");
export const jensen1953: Paper = paper("jensen1953", "Jensen: Markoff chains as an aid in the study of Markoff processes (1953)");
export const higham2002: Paper = paper("higham2002", "Higham: Accuracy and stability of numerical algorithms (2002)");
export const pauline2025: Paper = paper(
  "pauline2025",
  "Pauline et al.: Foundations of diffusion models in general state spaces (arXiv 2512.05092, 2025)",
);

/** The code of a public project at a named revision. */
export const code =
  (project: string) =>
  (status: Status, place?: string): Citation => ({
    key: project,
    text: `${project}, source code`,
    status,
    ...(place === undefined ? {} : { place }),
  });

/** Standard textbook material. */
export const standard = (what: string, status: Status = "unverified"): Citation => ({ key: "standard", text: what, status });

/** Proved from the definitions. */
export const derived = (how: string): Citation => ({ key: "derived", text: how, status: "derived" });

/** Not a theorem: what users may ask of code. */
export const requirement = (what: string): Citation => ({ key: "requirement", text: what, status: "derived" });
