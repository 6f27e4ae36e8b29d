"""Somebody's own scheduler, written after DDIM, with a mistake that is easily made: `lawbook verify examples/my_scheduler.py:MyScheduler --like diffusers`.

Images come out, only worse than they could: `step` believes the times of its grid to be T/n apart, which evenly spaced times with both
ends among them are not.
"""

import torch


class MyScheduler:
    def __init__(self, num_train_timesteps=1000, beta_start=0.0001, beta_end=0.02):
        self.num_train_timesteps = num_train_timesteps
        self.betas = torch.linspace(beta_start, beta_end, num_train_timesteps, dtype=torch.float32)
        self.alphas_cumprod = torch.cumprod(1.0 - self.betas, dim=0)
        self.init_noise_sigma = 1.0

    def set_timesteps(self, num_inference_steps):
        self.num_inference_steps = num_inference_steps
        last = self.num_train_timesteps - 1
        self.timesteps = torch.linspace(last, 0, num_inference_steps, dtype=torch.float64).round().long()

    def scale_model_input(self, sample, timestep=None):
        return sample

    def add_noise(self, original_samples, noise, timesteps):
        abar = self.alphas_cumprod.to(original_samples.dtype)[timesteps]
        while abar.dim() < original_samples.dim():
            abar = abar.unsqueeze(-1)
        return abar.sqrt() * original_samples + (1 - abar).sqrt() * noise

    def step(self, model_output, timestep, sample):
        timestep = int(timestep)
        # The mistake: the next time is the grid's next entry.
        following = timestep - self.num_train_timesteps // self.num_inference_steps
        abar = self.alphas_cumprod[timestep]
        abar_next = self.alphas_cumprod[following] if following >= 0 else torch.tensor(1.0)
        data = (sample - (1 - abar).sqrt() * model_output) / abar.sqrt()
        return {"prev_sample": abar_next.sqrt() * data + (1 - abar_next).sqrt() * model_output, "pred_original_sample": data}


class MyCorrected(MyScheduler):
    """The same with the next time looked up."""

    def step(self, model_output, timestep, sample):
        timestep = int(timestep)
        place = int((self.timesteps == timestep).nonzero()[0])
        abar = self.alphas_cumprod[timestep]
        abar_next = self.alphas_cumprod[self.timesteps[place + 1]] if place + 1 < len(self.timesteps) else torch.tensor(1.0)
        data = (sample - (1 - abar).sqrt() * model_output) / abar.sqrt()
        return {"prev_sample": abar_next.sqrt() * data + (1 - abar_next).sqrt() * model_output, "pred_original_sample": data}
