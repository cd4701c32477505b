# %% [markdown] syllabus="J3"
# # Homework 3. A network from scratch
#
# <!-- badges -->
#
# Topics: softmax, cross-entropy, gradients, stochastic gradient descent, convolution in NumPy, LeNet-5.
#
# So far, Keras has done the work: you named layers, called `fit`, and the weights moved. What happened in there? In
# this homework you write it yourself, in NumPy: first a network with one hidden layer that reads digits, then layers of
# your own that fit together in any order, and at the end LeNet-5, the network of 1998, fast enough to train while you
# wait.
#
# **You will learn**
#
# - what every layer computes, forward and backward, down to the last sum;
# - how to prove a gradient right before anything is trained with it;
# - why batches, random numbers at the start and a small trick in the softmax are not details;
# - how seven nested loops become one matrix product, and what that gains.
#
# You need lessons 1, 1b and 2, NumPy, and the chain rule. No cell needs Keras.

# %% [markdown]
# ## How it is marked
#
# | part | points |
# |---|---|
# | quizzes 1 to 10, 1.25 each | 12.5 |
# | more: 11 any number of layers | 1.25 |
# | 12 four activations | 1 |
# | 13 dropout | 0.75 |
# | 14 a new data set | 0.75 |
# | 15 convolution and max pooling | 1.25 |
# | 16 im2col, and the speed ladder | 1.25 |
# | 17 LeNet-5 | 1.25 |
# | the written report at the end | no points, but see below |
# | **together** | **20** |
#
# - **Without the report the result is 0**, whatever the code does. Code shows that something works. The report shows
#   that you know why.
# - Write only where it says `YOUR CODE HERE` or `YOUR ANSWER HERE`, and delete the line `raise NotImplementedError()`.
#   You may add cells. Leave the cells with a `check` as they are: they are put back before marking.
# - A check tells at once whether an answer is right. It calls your function on new random numbers each time, so run it
#   as often as you like. Where something is wrong it says what, but not how to fix it. When your homework is marked, a
#   few more tests run. If you understand why the check passes, you needn't worry about them.
# - Later parts build on earlier ones. If you are stuck, quizzes 1, 2, 3, 5 and 6 can be done on their own; so can 12,
#   13 and 15.

# %% tags=["setup"]
# setup

# %% nbgrader={"grade": false, "grade_id": "given-imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import time

import numpy as np

from helpers import check, datasets, plots

# %% [markdown]
# ## 1. From scores to probabilities
#
# A network ends in one number for each class, the **scores**, also called logits. Any number may come out, large,
# small or negative. How do you turn three scores into three probabilities? They must be positive and add up to 1, and
# the largest score should get the most.
#
# The exponential function makes everything positive and keeps the order. Dividing by the sum does the rest. That is
# the **softmax**, here for the $k$-th of $K$ scores:
#
# $$\text{softmax}(z)_k = \frac{e^{z_k}}{\sum_{j} e^{z_j}}$$
#
# On paper, for the scores 2, 1, 0: the exponentials are 7.389, 2.718 and 1. They add up to 11.107. So the
# probabilities are 0.665, 0.245 and 0.090.
#
# And for the scores 1002, 1001, 1000? On paper the same, because a common factor $e^{1000}$ cancels. In a computer
# $e^{1000}$ is `inf`, and `inf / inf` is not a number. You may subtract the same number from all scores of a row
# first, a different one for each row. Which number makes sure that no exponential of the row is ever larger than 1, and that
# they don't all become 0?
#
# The other function of this quiz is **ReLU**, the rectified linear unit. It keeps positive numbers and turns negative
# ones into 0,
#
# $$\text{relu}(z) = \max(z, 0).$$
#
# On paper: $-2, 0, 3$ becomes $0, 0, 3$.
#
# ### Quiz 1: ReLU and softmax (1.25 points)
#
# From here on, a **batch** is an array with one row per image. `relu` takes an array of any shape. `softmax` takes
# scores of shape (N, K), and treats each row by itself.


# %% nbgrader={"grade": false, "grade_id": "q1-relu-softmax", "locked": false, "schema_version": 3, "solution": true, "task": false}
def relu(z):
    """Turn negative numbers into 0."""
    ### BEGIN SOLUTION
    return np.maximum(z, 0)
    ### END SOLUTION


def softmax(z):
    """Turn each row of scores into probabilities."""
    ### BEGIN SOLUTION
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "q1-test", "locked": true, "points": 1.25, "schema_version": 3, "solution": false, "task": false}
check.relu(relu)
check.softmax(softmax)
### BEGIN HIDDEN TESTS
assert np.allclose(softmax(np.log([[1.0, 3.0], [4.0, 1.0]])), [[0.25, 0.75], [0.8, 0.2]])
assert np.allclose(softmax(np.array([[900.0, 900.0, -900.0]])), [[0.5, 0.5, 0]])
assert np.array_equal(relu(np.array([[-2.0, 0.0, 3.0]])), [[0, 0, 3]])
### END HIDDEN TESTS

# %% [markdown]
# ## 2. From pixels to scores
#
# A **dense** layer, also called fully connected, gives each output a weight for every input. One output is a sum: its
# bias, plus each input times a weight. All outputs of a whole batch together are one matrix product:
#
# $$z = x\,w + b$$
#
# with $x$ of shape (N, D), one row per image, $w$ of shape (D, H) and $b$ of shape (H,). What is the shape of $z$?
#
# On paper: $x = (1, 2)$, $w = \begin{pmatrix} 3 & 0 & 1 \\ 1 & 1 & 0 \end{pmatrix}$, $b = (0, 10, 0)$. The first
# output is $1\cdot 3 + 2\cdot 1 + 0 = 5$. All three are $(5, 12, 1)$.
#
# ### Quiz 2: a fully connected layer (1.25 points)


# %% nbgrader={"grade": false, "grade_id": "q2-dense", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dense(x, w, b):
    """Multiply a batch by weights and add the biases."""
    ### BEGIN SOLUTION
    return x @ w + b
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "q2-test", "locked": true, "points": 1.25, "schema_version": 3, "solution": false, "task": false}
check.dense(dense)
### BEGIN HIDDEN TESTS
w_small, b_small = np.array([[3.0, 0.0, 1.0], [1.0, 1.0, 0.0]]), np.array([0.0, 10.0, 0.0])
x_small = np.array([[1.0, 2.0], [0.0, -1.0]])
assert np.allclose(dense(x_small, w_small, b_small), [[5, 12, 1], [-1, 9, 0]])
### END HIDDEN TESTS

# %% [markdown]
# ## 3. Where do the weights begin?
#
# Before training, the weights need some value. Why not 0? Then all hidden neurons compute the same. Their gradients
# are the same too, so they stay equal for ever, and a hundred neurons are worth one. So the weights begin at random.
#
# How large? A hidden neuron adds up D products. If the weights are too small, the signal fades from layer to layer;
# if they are too large, it explodes. With weights of standard deviation $\sigma$, a sum of D products has $D\sigma^2$
# times the mean square of the inputs as its variance. The ReLU after it throws one half away. So $\sigma^2 = 2 / D$
# keeps the signal as strong as it was:
#
# $$w \sim \mathcal{N}\left(0,\; \frac{2}{D}\right), \qquad b = 0.$$
#
# (In $\mathcal{N}$ the second number is the variance. The rule is from Kaiming He and others, 2015.)
#
# On paper: for 784 pixels, $\sigma = \sqrt{2 / 784} \approx 0.0505$. Check that a standard deviation of 1 would be much
# too large.
#
# ### Quiz 3: random initialisation (1.25 points)
#
# Draw from the generator that is passed in, `rng.normal`, so that the same seed gives the same network. Return
# `float32`: half the memory of NumPy's `float64`, about twice the speed, and still precise enough for learning.


# %% nbgrader={"grade": false, "grade_id": "q3-random-layer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def random_layer(inputs, outputs, rng):
    """Draw starting weights (inputs, outputs) and biases (outputs,), both float32."""
    ### BEGIN SOLUTION
    w = rng.normal(0, np.sqrt(2 / inputs), (inputs, outputs))
    return w.astype(np.float32), np.zeros(outputs, np.float32)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "q3-test", "locked": true, "points": 1.25, "schema_version": 3, "solution": false, "task": false}
check.random_layer(random_layer)
### BEGIN HIDDEN TESTS
w_seen, b_seen = random_layer(784, 500, np.random.default_rng(5))
assert (
    w_seen.shape == (784, 500) and abs(w_seen.std() - 0.0505) < 0.001 and not b_seen.any()
)
assert (
    w_seen.dtype == np.float32 and abs(np.corrcoef(w_seen[:, 0], w_seen[:, 1])[0, 1]) < 0.2
)
### END HIDDEN TESTS

# %% [markdown]
# ## 4. A network
#
# Now put the pieces together: dense, ReLU, dense, softmax.
#
# $$h = \text{relu}(x\,w_1 + b_1), \qquad p = \text{softmax}(h\,w_2 + b_2)$$
#
# Four arrays describe the network. We keep them in a list, `[w1, b1, w2, b2]`.
#
# On paper, with weights so simple that a pencil will do: $x = (1, -1)$, $w_1$ the 2×2 identity, $w_2$ too, biases 0.
# The hidden layer is $(1, 0)$, and the probabilities are $e/(e+1) \approx 0.731$ and $1/(e+1) \approx 0.269$. What
# would they be without the ReLU?
#
# ### Quiz 4: a network with two layers (1.25 points)


# %% nbgrader={"grade": false, "grade_id": "q4-two-layers", "locked": false, "schema_version": 3, "solution": true, "task": false}
def two_layers(x, parameters):
    """Compute the probabilities (N, K) of a batch (N, D)."""
    w1, b1, w2, b2 = parameters
    ### BEGIN SOLUTION
    hidden = relu(dense(x, w1, b1))
    return softmax(dense(hidden, w2, b2))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "q4-test", "locked": true, "points": 1.25, "schema_version": 3, "solution": false, "task": false}
check.two_layers(two_layers)
### BEGIN HIDDEN TESTS
plain = [np.eye(2), np.zeros(2), np.eye(2), np.zeros(2)]
assert np.allclose(
    two_layers(np.array([[1.0, -1.0]]), plain), np.array([[np.e, 1]]) / (np.e + 1)
)
assert np.allclose(two_layers(np.array([[-1.0, -2.0]]), plain), 0.5)
### END HIDDEN TESTS

# %% [markdown]
# ## 5. What should have come out?
#
# The label of an image is a number such as 3. The network answers with ten probabilities. To compare the two, write
# the label as probabilities too: 1 for the right class, 0 for the others. That is called **one-hot**. Label 3 among
# five classes is $(0, 0, 0, 1, 0)$.
#
# Why not let the network answer with a single number, and compare that with the label? Think of a 3 that looks a
# little like an 8. What would be the answer halfway, and what does that digit look like?
#
# ### Quiz 5: one-hot targets (1.25 points)


# %% nbgrader={"grade": false, "grade_id": "q5-one-hot", "locked": false, "schema_version": 3, "solution": true, "task": false}
def one_hot(labels, classes):
    """Turn labels (N,), whole numbers, into rows (N, classes) of float32."""
    ### BEGIN SOLUTION
    targets = np.zeros((len(labels), classes), np.float32)
    targets[np.arange(len(labels)), labels] = 1
    return targets
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "q5-test", "locked": true, "points": 1.25, "schema_version": 3, "solution": false, "task": false}
check.one_hot(one_hot)
### BEGIN HIDDEN TESTS
assert np.array_equal(one_hot(np.array([3, 0, 3]), 5).argmax(axis=1), [3, 0, 3])
assert one_hot(np.array([1, 1]), 4).tolist() == [[0, 1, 0, 0], [0, 1, 0, 0]]
### END HIDDEN TESTS

# %% [markdown]
# ## 6. How wrong is an answer?
#
# Training needs one number that says how wrong the network is, and it must change smoothly with the weights. The
# share of wrong answers does not: it stays the same until an answer tips over.
#
# Take the probability that the network gave to the right class. It should be near 1. Its negative logarithm is near 0
# then, and grows without end as the probability goes to 0: a network that was sure and wrong pays most. The mean over
# a batch is the **cross-entropy**, with $t$ for the one-hot targets:
#
# $$L = -\frac{1}{N} \sum_{n} \sum_{k} t_{nk} \log p_{nk}$$
#
# On paper: the right classes of two images got the probabilities 0.5 and 0.25. The loss is $(\log 2 + \log 4) / 2
# \approx 1.040$. What is the loss of a network that knows nothing and says 0.1 for each of ten classes?
#
# Now the trap. A probability can come out as exactly 0, and $\log 0$ is $-\infty$; even $0 \cdot \log 0$ is not a
# number in a computer. So keep $p$ at $10^{-12}$ or above before you take the logarithm.
#
# ### Quiz 6: cross-entropy (1.25 points)


# %% nbgrader={"grade": false, "grade_id": "q6-cross-entropy", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cross_entropy(probabilities, targets):
    """Compute the mean loss of a batch, one number; both arguments are (N, K)."""
    ### BEGIN SOLUTION
    logs = np.log(np.maximum(probabilities, 1e-12))
    return -(targets * logs).sum(axis=1).mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "q6-test", "locked": true, "points": 1.25, "schema_version": 3, "solution": false, "task": false}
check.cross_entropy(cross_entropy)
### BEGIN HIDDEN TESTS
halves = np.array([[0.5, 0.25, 0.25], [0.5, 0.25, 0.25]])
assert np.isclose(
    cross_entropy(halves, one_hot(np.array([0, 1]), 3)), (np.log(2) + np.log(4)) / 2
)
assert np.isclose(
    cross_entropy(np.full((7, 10), 0.1), one_hot(np.arange(7), 10)), np.log(10)
)
### END HIDDEN TESTS

# %% [markdown]
# ## 7. Which way is down?
#
# Now learning is a problem that can be written in one line. Among all weights and biases, find those with the least
# loss on the training images:
#
# $$\min_{w_1, b_1, w_2, b_2} \; L(w_1, b_1, w_2, b_2), \qquad
# L = -\frac{1}{N} \sum_{n} \log p_{n, \text{label of } n}$$
#
# No formula gives the answer. But the **gradient** says, for each of the numbers, how the loss changes if that number
# grows a little. So it says which way is down. It is found from the back to the front, with the chain rule.
#
# **The scores.** Call the scores $s = h\,w_2 + b_2$. The derivative of softmax is not pretty, nor is that of the
# logarithm. Together they are: what came out minus what should have come out.
#
# $$d = \frac{\partial L}{\partial s} = \frac{1}{N}\,(p - t)$$
#
# On paper: one image, $p = (0.7, 0.2, 0.1)$, first class right. Then $d = (-0.3, 0.2, 0.1)$. To lower the loss, the
# first score has to rise and the others have to fall. It makes sense, and it adds up to 0. Why must it?
#
# **The second layer.** $w_2$ at place $(i, k)$ multiplies $h_i$ on its way to score $k$. So its gradient is $h_i$ times
# $d_k$, added up over the batch. That sum is a matrix product. The bias has 1 in place of $h_i$:
#
# $$\frac{\partial L}{\partial w_2} = h^T d, \qquad \frac{\partial L}{\partial b_2} = \sum_n d_n$$
#
# **The hidden layer.** $h_i$ goes to all scores, by the weights in row $i$ of $w_2$. Its gradient comes back by the
# same weights. The ReLU lets it through where its input $z = x\,w_1 + b_1$ was positive, and stops it elsewhere:
#
# $$e = \frac{\partial L}{\partial z} = (d\, w_2^T) \cdot [z > 0]$$
#
# Here $[z > 0]$ is 1 where $z$ is positive and 0 elsewhere, and the product is taken entry by entry.
#
# **The first layer** is a dense layer like the second:
#
# $$\frac{\partial L}{\partial w_1} = x^T e, \qquad \frac{\partial L}{\partial b_1} = \sum_n e_n$$
#
# Check the shapes before you program. Each gradient has the shape of what it belongs to.
#
# ### Quiz 7: the gradient (1.25 points)
#
# How do you know that a gradient is right? With a wrong one the network often learns too, only less well, and nobody
# notices. So we compare it with a slow method that needs no formula: move one weight up a little, then down a little,
# and see how the loss changes. These **central differences** need `float64`, because they subtract two nearly equal
# numbers. The check does it for every weight of three small networks.


# %% nbgrader={"grade": false, "grade_id": "q7-gradient", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gradient(x, targets, parameters):
    """Compute the gradients of the loss, a list in the order [w1, b1, w2, b2]."""
    w1, b1, w2, b2 = parameters
    ### BEGIN SOLUTION
    z = dense(x, w1, b1)
    hidden = relu(z)
    d = (softmax(dense(hidden, w2, b2)) - targets) / len(x)
    e = (d @ w2.T) * (z > 0)
    return [x.T @ e, e.sum(axis=0), hidden.T @ d, d.sum(axis=0)]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "q7-test", "locked": true, "points": 1.25, "schema_version": 3, "solution": false, "task": false}
check.gradient(gradient)
### BEGIN HIDDEN TESTS
plain = [np.eye(2), np.zeros(2), np.eye(2), np.zeros(2)]
slopes = gradient(
    np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([[1.0, 0.0], [1.0, 0.0]]), plain
)
assert np.allclose(slopes[3], [-0.5, 0.5]) and np.allclose(
    slopes[0], [[-0.5, 0.5], [-0.5, 0.5]]
)
### END HIDDEN TESTS

# %% [markdown]
# Central differences are yours to use as well. `check.numerical_gradient(loss, array)` takes a function without
# arguments and the array whose numbers it moves. Here on something you can do in your head: the gradient of
# $a_1^2 + a_2^2 + a_3^2$.

# %%
a = np.array([1.0, -2.0, 0.5])
print(check.numerical_gradient(lambda: (a**2).sum(), a).round(6))

# %% [markdown]
# ## 8. Does it learn?
#
# Start with points in a plane, where one can see everything. Three arms wind around each other. No straight line
# separates them, so a network without a hidden layer cannot do it.


# %% nbgrader={"grade": false, "grade_id": "given-spiral", "locked": true, "schema_version": 3, "solution": false, "task": false}
def spiral(count, rng):
    """Draw points (3 * count, 2) on three arms of a spiral, float32, and their labels."""
    labels = np.repeat(np.arange(3), count)
    radius = np.tile(np.linspace(0.1, 1, count), 3)
    angle = 2.1 * labels + 3.5 * radius + rng.normal(0, 0.15, 3 * count)
    points = radius[:, None] * np.column_stack([np.sin(angle), np.cos(angle)])
    return points.astype(np.float32), labels


toy_points, toy_labels = spiral(150, np.random.default_rng(0))

# %% [markdown]
# **Gradient descent** takes a step downhill, again and again. From each parameter it subtracts its gradient times a
# small number, the learning rate $\eta$:
#
# $$w \leftarrow w - \eta \, \frac{\partial L}{\partial w}$$
#
# On paper: a weight of 0.5 with the gradient $-2$ and $\eta = 0.1$ becomes 0.7.
#
# ### Quiz 8: classify toy points (1.25 points)
#
# `descend` takes all points at once in every step. It returns the new parameters and the list of losses, each one
# computed *before* its step. It must change neither the list that it is given nor the arrays in it, so that you can
# compare two learning rates from the same start.


# %% nbgrader={"grade": false, "grade_id": "q8-descend", "locked": false, "schema_version": 3, "solution": true, "task": false}
def descend(x, targets, parameters, rate, steps):
    """Take steps downhill; return the new parameters and the loss before each step."""
    losses = []
    ### BEGIN SOLUTION
    for _ in range(steps):
        losses.append(cross_entropy(two_layers(x, parameters), targets))
        slopes = gradient(x, targets, parameters)
        parameters = [p - rate * slope for p, slope in zip(parameters, slopes)]
    ### END SOLUTION
    return parameters, losses


# %% [markdown]
# Now train a network with 32 hidden neurons on the points, from `start`. Keep the losses that `descend` returns in
# `toy_losses`, because the next cell plots them. Choose a learning rate and a number of steps; both may be larger than
# you think. Then write `classify_points`, which gives for each point the class with the largest probability.

# %% nbgrader={"grade": false, "grade_id": "q8-toy", "locked": false, "schema_version": 3, "solution": true, "task": false}
rng = np.random.default_rng(1)
start = [*random_layer(2, 32, rng), *random_layer(32, 3, rng)]
### BEGIN SOLUTION
toy_parameters, toy_losses = descend(
    toy_points, one_hot(toy_labels, 3), start, rate=1.0, steps=2000
)
### END SOLUTION


def classify_points(points):
    """Say for each point (N, 2) which arm it lies on: whole numbers (N,)."""
    ### BEGIN SOLUTION
    return two_layers(points, toy_parameters).argmax(axis=1)
    ### END SOLUTION


# %% [markdown]
# Look at the loss first. Does it fall all the way, or does it jump? Then at the plane: which class does the network
# choose in which part of the plane?

# %%
plots.curves(
    {"loss": (np.arange(len(toy_losses)), toy_losses)},
    xlabel="step",
    ylabel="cross-entropy",
    alt="The loss of the toy network over the steps of gradient descent.",
)

# %%
plots.regions(
    classify_points,
    toy_points,
    toy_labels,
    alt="Three arms of a spiral in a plane whose colours show which class the network names where.",
)

# %% nbgrader={"grade": true, "grade_id": "q8-test", "locked": true, "points": 1.25, "schema_version": 3, "solution": false, "task": false}
check.descend(descend)
fresh_points, fresh_labels = spiral(300, np.random.default_rng())
check.accuracy(classify_points, fresh_points, fresh_labels, at_least=0.9)
### BEGIN HIDDEN TESTS
flat = [np.zeros((2, 4)), np.zeros(4), np.zeros((4, 2)), np.zeros(2)]
after, seen = descend(np.array([[1.0, 2.0]]), np.array([[1.0, 0.0]]), flat, 0.1, 1)
assert (
    np.allclose(after[3], [0.05, -0.05])
    and np.allclose(seen, [np.log(2)])
    and not flat[3].any()
)
### END HIDDEN TESTS

# %% [markdown]
# ## 9. Sixty thousand images
#
# Gradient descent looks at all images before it takes one step. With 60,000 images that is a lot of looking. But the
# gradient of 50 images points nearly the same way as that of all, and costs a thousandth. **Stochastic gradient
# descent** shuffles the images, cuts them into batches, and takes a step after each. Once through all images is an
# **epoch**.
#
# The images are MNIST, handwritten digits of 28×28 pixels. If the real images can't be downloaded, the course draws its
# own digits and prints a notice.


# %% nbgrader={"grade": false, "grade_id": "given-pixels", "locked": true, "schema_version": 3, "solution": false, "task": false}
def pixels(images):
    """Write each image (28, 28) as a row of 784 numbers in 0..1, float32."""
    return images.reshape(len(images), -1).astype(np.float32) / 255


# %% nbgrader={"grade": false, "grade_id": "given-digits", "locked": true, "schema_version": 3, "solution": false, "task": false}
digits = datasets.mnist()
print("training images:", len(digits.train.images))
print("test images:", len(digits.test.images))

# %%
plots.image_grid(
    digits.train.images[:24],
    digits.train.labels[:24],
    columns=12,
    size=0.75,
    alt="Twenty-four small pictures of digits, white on black, each with its label.",
)

# %% [markdown]
# On paper: how many steps does an epoch take with 23 images in batches of 5? Five: four batches of 5 and one of 3. The
# last one is small, and its gradient is the mean over 3. No image may be left out, and none may count twice.
#
# ### Quiz 9: stochastic gradient descent (1.25 points)
#
# `batches` deals the row numbers 0 to count − 1 out into arrays of `size`, in random order; shuffle with
# `rng.permutation`. `sgd_epoch` takes one step for each of them. Images and targets must stay together.


# %% nbgrader={"grade": false, "grade_id": "q9-sgd", "locked": false, "schema_version": 3, "solution": true, "task": false}
def batches(count, size, rng):
    """Deal out row numbers in random order: a list of arrays, the last one perhaps smaller."""
    ### BEGIN SOLUTION
    order = rng.permutation(count)
    return [order[first : first + size] for first in range(0, count, size)]
    ### END SOLUTION


def sgd_epoch(x, targets, parameters, rate, batch, rng):
    """Go once through all images in random order; return the new parameters."""
    ### BEGIN SOLUTION
    for rows in batches(len(x), batch, rng):
        slopes = gradient(x[rows], targets[rows], parameters)
        parameters = [p - rate * slope for p, slope in zip(parameters, slopes)]
    ### END SOLUTION
    return parameters


# %% nbgrader={"grade": true, "grade_id": "q9-test", "locked": true, "points": 1.25, "schema_version": 3, "solution": false, "task": false}
check.batches(batches)
check.sgd_epoch(sgd_epoch)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(8)
x_some, t_some = rng.normal(size=(12, 4)), one_hot(rng.integers(0, 3, 12), 3)
begin = [rng.normal(size=shape) for shape in [(4, 5), (5,), (5, 3), (3,)]]
whole = [p - 0.3 * slope for p, slope in zip(begin, gradient(x_some, t_some, begin))]
got = sgd_epoch(x_some, t_some, begin, 0.3, 12, np.random.default_rng(0))
assert all(np.allclose(one, other) for one, other in zip(got, whole))
### END HIDDEN TESTS

# %% [markdown]
# ## 10. Reading digits
#
# You have all the parts. Nobody has told the network what a digit looks like. How many will it get right? Guess before
# you train.
#
# ### Quiz 10: classify digits (1.25 points)
#
# Train a network on `digits.train` and leave it in `digit_parameters`: 784 pixels, as many hidden neurons as you like,
# ten classes. Keep the loss on the training images after each epoch in `digit_losses`. Then write `classify_digits`,
# which takes images as they are stored. Nine out of ten test images must be right. A few seconds of training are
# enough.

# %% nbgrader={"grade": false, "grade_id": "q10-classify", "locked": false, "schema_version": 3, "solution": true, "task": false}
x_digits, t_digits = pixels(digits.train.images), one_hot(digits.train.labels, 10)
digit_losses = []
### BEGIN SOLUTION
rng = np.random.default_rng(0)
digit_parameters = [*random_layer(784, 64, rng), *random_layer(64, 10, rng)]
for epoch in range(10 if len(x_digits) < 10_000 else 3):
    digit_parameters = sgd_epoch(x_digits, t_digits, digit_parameters, 0.3, 50, rng)
    digit_losses.append(cross_entropy(two_layers(x_digits, digit_parameters), t_digits))
### END SOLUTION


def classify_digits(images):
    """Say for each image (N, 28, 28), uint8, which digit it shows: whole numbers (N,)."""
    ### BEGIN SOLUTION
    return two_layers(pixels(images), digit_parameters).argmax(axis=1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "q10-test", "locked": true, "points": 1.25, "schema_version": 3, "solution": false, "task": false}
check.accuracy(classify_digits, digits.test.images, digits.test.labels, at_least=0.9)
assert len(digit_losses) > 0, "digit_losses is empty. Append the loss after each epoch."
print("losses:", np.round(digit_losses, 3))
### BEGIN HIDDEN TESTS
assert np.mean(classify_digits(digits.test.images[::-1]) == digits.test.labels[::-1]) >= 0.9
### END HIDDEN TESTS

# %% [markdown]
# Which ones did it get wrong? Look at some before you go on, and keep two or three for your report.

# %%
wrong = np.flatnonzero(classify_digits(digits.test.images) != digits.test.labels)[:12]
plots.image_grid(
    digits.test.images[wrong],
    [
        f"{classify_digits(digits.test.images[n : n + 1])[0]}? is {digits.test.labels[n]}"
        for n in wrong
    ],
    columns=6,
    size=1.2,
    alt="Test digits that the network got wrong, each with its answer and the label.",
)

# %% [markdown]
# # More
#
# Everything above rests on one formula that we derived by hand, for one network. Add a layer, and the formula of quiz 7
# has to be derived again. So now take the network apart into layers that need to know nothing about each other.
#
# ## 11. Any number of layers
#
# Look at quiz 7 again. Each step on the way back needed only two things: the gradient that came from the layer after
# it, and what the layer itself had seen on the way forward. So a **layer** is an object with two methods:
#
# - `forward(x, training)` returns the output and remembers what it will need;
# - `backward(gradient)` takes $\partial L / \partial \text{output}$, keeps the gradients of its own parameters in the
#   list `gradients`, and returns $\partial L / \partial \text{input}$, which the layer before it takes.
#
# The parameters are in the list `parameters`. A layer that has none keeps both lists empty.
#
# For a dense layer $y = x\,w + b$ and a gradient $g = \partial L / \partial y$ that comes in,
#
# $$\frac{\partial L}{\partial w} = x^T g, \qquad \frac{\partial L}{\partial b} = \sum_n g_n, \qquad
# \frac{\partial L}{\partial x} = g\, w^T.$$
#
# On paper: $x = (1, 2)$, $w = \begin{pmatrix} 3 \\ 1 \end{pmatrix}$, $g = (10)$. The gradient of $w$ is
# $\begin{pmatrix} 10 \\ 20 \end{pmatrix}$, that of $x$ is $(30, 10)$.
#
# An activation has no parameters. It multiplies what comes back by its slope at the input that it saw on the way
# forward. A network is a row of layers: forward from the first to the last, backward from the last to the first. The
# loss is not part of it; the network ends with the scores.
#
# ### Exercise 11: layers and a network (1.25 points)


# %% nbgrader={"grade": false, "grade_id": "m11-layers", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Dense:
    """A fully connected layer."""

    def __init__(self, inputs, outputs, rng):
        self.parameters = list(random_layer(inputs, outputs, rng))

    def forward(self, x, training=False):
        ### BEGIN SOLUTION
        self.x = x
        return dense(x, *self.parameters)
        ### END SOLUTION

    def backward(self, gradient):
        w, b = self.parameters
        ### BEGIN SOLUTION
        self.gradients = [self.x.T @ gradient, gradient.sum(axis=0)]
        return gradient @ w.T
        ### END SOLUTION


class Activation:
    """A function of each number by itself, and its slope."""

    parameters, gradients = (), ()

    def __init__(self, function, slope):
        self.function, self.slope = function, slope

    def forward(self, x, training=False):
        ### BEGIN SOLUTION
        self.x = x
        return self.function(x)
        ### END SOLUTION

    def backward(self, gradient):
        ### BEGIN SOLUTION
        return gradient * self.slope(self.x)
        ### END SOLUTION


class Network:
    """Layers in a row."""

    def __init__(self, layers):
        self.layers = layers

    def forward(self, x, training=False):
        ### BEGIN SOLUTION
        for layer in self.layers:
            x = layer.forward(x, training)
        ### END SOLUTION
        return x

    def backward(self, gradient):
        ### BEGIN SOLUTION
        for layer in reversed(self.layers):
            gradient = layer.backward(gradient)
        ### END SOLUTION
        return gradient


# %% nbgrader={"grade": false, "grade_id": "given-deep", "locked": true, "schema_version": 3, "solution": false, "task": false}
def relu_slope(z):
    """Give 1 where ReLU lets through and 0 elsewhere, in the type of z."""
    return (z > 0).astype(z.dtype)


def relu_layer(rng=None):
    """Make a layer of the ReLU of quiz 1."""
    return Activation(relu, relu_slope)


def deep(sizes, rng, function=relu, slope=relu_slope):
    """Build a network of dense layers, with an activation after each but the last."""
    layers = []
    for inputs, outputs in zip(sizes[:-1], sizes[1:]):
        layers += [Dense(inputs, outputs, rng), Activation(function, slope)]
    return Network(layers[:-1])


# %% nbgrader={"grade": true, "grade_id": "m11-test", "locked": true, "points": 1.25, "schema_version": 3, "solution": false, "task": false}
check.layer(lambda rng: Dense(5, 3, rng), (4, 5))
check.layer(relu_layer, (4, 5))
check.layer(lambda rng: Activation(np.sin, np.cos), (4, 5))
check.network(lambda rng: deep([4, 6, 5, 7, 3], rng), (5, 4))
### BEGIN HIDDEN TESTS
one = Dense(2, 1, np.random.default_rng(0))
one.parameters = [np.array([[3.0], [1.0]]), np.array([0.5])]
assert np.allclose(one.forward(np.array([[1.0, 2.0]]), True), 5.5)
assert np.allclose(one.backward(np.array([[10.0]])), [[30, 10]])
assert np.allclose(one.gradients[0], [[10], [20]]) and np.allclose(one.gradients[1], [10])
### END HIDDEN TESTS

# %% [markdown]
# Training is the same for every network from here on, so it is given. Read it all the same: the line with
# `softmax` is your forward pass, the one below it the first formula of quiz 7.
#
# Two things are new. The step has **momentum**: each parameter keeps nine tenths of the speed it had, like a ball that
# rolls downhill, so that the noise of single batches evens out. And the learning rate falls in a straight line to 0,
# so that the network settles at the end.


# %% nbgrader={"grade": false, "grade_id": "given-fit", "locked": true, "schema_version": 3, "solution": false, "task": false}
def fit(network, x, labels, epochs, rate, rng, batch=64, momentum=0.9):
    """Train by stochastic gradient descent with momentum; x holds one row for each image."""
    targets = one_hot(labels, 10)
    speeds = [[np.zeros_like(p) for p in layer.parameters] for layer in network.layers]
    for epoch in range(epochs):
        parts = batches(len(x), batch, rng)
        for number, rows in enumerate(parts):
            probabilities = softmax(network.forward(x[rows], training=True))
            network.backward((probabilities - targets[rows]) / len(rows))
            left = 1 - (epoch + number / len(parts)) / epochs
            step(network, speeds, rate * left, momentum)


def step(network, speeds, rate, momentum):
    """Move all parameters, in place."""
    for layer, speed in zip(network.layers, speeds):
        for p, slope, v in zip(layer.parameters, layer.gradients, speed):
            v *= momentum
            v -= rate * slope
            p += v


def answers(network, x, batch=500):
    """Name the class with the largest score for each row of x."""
    parts = [
        network.forward(x[n : n + batch]).argmax(axis=1) for n in range(0, len(x), batch)
    ]
    return np.concatenate(parts)


# %% [markdown]
# Is deeper better? Three hidden layers against your one of quiz 10. What do you expect?

# %%
network = deep([784, 64, 64, 64, 10], np.random.default_rng(0))
fit(network, x_digits, digits.train.labels, 3, 0.05, np.random.default_rng(1))
right = answers(network, pixels(digits.test.images)) == digits.test.labels
print(f"three hidden layers, 3 epochs: {right.mean():.3f} of the test images right")

# %% [markdown]
# ## 12. Activations other than ReLU
#
# ReLU has a slope of 0 for negative numbers. A neuron that is negative for every image gets no gradient and never comes
# back. Here are four activations whose slope is not 0 there:
#
# | name | $f(z)$ for $z > 0$ | $f(z)$ for $z \le 0$ |
# |---|---|---|
# | tanh | $\tanh z$ | $\tanh z$ |
# | leaky ReLU | $z$ | $0.01\,z$ |
# | ELU | $z$ | $e^z - 1$ |
# | SELU | $\lambda z$ | $\lambda \alpha (e^z - 1)$ |
#
# with $\lambda = 1.0507009873554805$ and $\alpha = 1.6732632423543772$. These two numbers are not a matter of taste:
# with them, and with suitable starting weights, mean and variance stay about 0 and 1 from layer to layer (Günter
# Klambauer and others, 2017).
#
# On paper: ELU at $-1$ is $e^{-1} - 1 \approx -0.632$, and its slope there is $e^{-1} \approx 0.368$. What are the
# value and the slope of each at $-3$?
#
# Again a trap: `np.where` works out both sides for all numbers, so $e^{800}$ overflows even where it is not used. Clip
# the numbers first: use `np.exp(np.minimum(z, 0))`.
#
# ### Exercise 12: four activations and their slopes (1 point)


# %% nbgrader={"grade": false, "grade_id": "m12-activations", "locked": false, "schema_version": 3, "solution": true, "task": false}
LAMBDA, ALPHA = 1.0507009873554805, 1.6732632423543772


def tanh(z):
    """Squash into -1..1."""
    ### BEGIN SOLUTION
    return np.tanh(z)
    ### END SOLUTION


def tanh_slope(z):
    """Give the slope of tanh at z."""
    ### BEGIN SOLUTION
    return 1 - np.tanh(z) ** 2
    ### END SOLUTION


def leaky_relu(z):
    """Let a hundredth of negative numbers through."""
    ### BEGIN SOLUTION
    return np.maximum(z, 0.01 * z)
    ### END SOLUTION


def leaky_relu_slope(z):
    """Give the slope of leaky ReLU at z."""
    ### BEGIN SOLUTION
    return np.where(z > 0, 1, 0.01).astype(z.dtype)
    ### END SOLUTION


def elu(z):
    """Bend negative numbers smoothly towards -1."""
    ### BEGIN SOLUTION
    return np.maximum(z, 0) + np.expm1(np.minimum(z, 0))
    ### END SOLUTION


def elu_slope(z):
    """Give the slope of ELU at z."""
    ### BEGIN SOLUTION
    return np.exp(np.minimum(z, 0))
    ### END SOLUTION


def selu(z):
    """Do as ELU does, stretched so that mean and variance stay about 0 and 1."""
    ### BEGIN SOLUTION
    return LAMBDA * (np.maximum(z, 0) + ALPHA * np.expm1(np.minimum(z, 0)))
    ### END SOLUTION


def selu_slope(z):
    """Give the slope of SELU at z."""
    ### BEGIN SOLUTION
    return LAMBDA * np.where(z > 0, 1, ALPHA * np.exp(np.minimum(z, 0))).astype(z.dtype)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "m12-test", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check.activation("tanh", tanh, tanh_slope)
check.activation("leaky_relu", leaky_relu, leaky_relu_slope)
check.activation("elu", elu, elu_slope)
check.activation("selu", selu, selu_slope)
### BEGIN HIDDEN TESTS
assert np.allclose(elu(np.array([-1.0, 2.0])), [np.exp(-1) - 1, 2])
assert np.allclose(leaky_relu_slope(np.array([-5.0, 5.0])), [0.01, 1])
assert np.allclose(selu(np.array([1.0])), 1.0507009873554805) and np.allclose(
    tanh_slope(np.zeros(2)), 1
)
### END HIDDEN TESTS

# %% [markdown]
# A race, as in lesson 2: one network, one seed, one epoch, five activations. Which would you bet on?

# %%
for function, slope in [
    (relu, relu_slope),
    (tanh, tanh_slope),
    (leaky_relu, leaky_relu_slope),
    (elu, elu_slope),
    (selu, selu_slope),
]:
    network = deep([784, 64, 64, 10], np.random.default_rng(0), function, slope)
    fit(network, x_digits, digits.train.labels, 1, 0.05, np.random.default_rng(1))
    right = answers(network, pixels(digits.test.images)) == digits.test.labels
    print(f"{function.__name__:11} {right.mean():.3f} of the test images right")

# %% [markdown]
# One seed is one draw. Before you name a winner in your report, run it with another.
#
# ## 13. Forgetting on purpose
#
# A large network can learn its training images by heart. **Dropout** makes that hard: in training it sets each number
# to 0 with probability $r$, anew each time, so no neuron can rely on one other neuron. When the network is used,
# nothing is dropped.
#
# But then the next layer gets larger sums than it ever saw. So what is kept in training is divided by $1 - r$, and the
# mean stays the same:
#
# $$y_i = \frac{m_i}{1 - r}\, x_i, \qquad m_i = 0 \text{ with probability } r, \text{ else } 1$$
#
# On paper: $r = 0.25$, $x = 3$. In three cases out of four the output is 4, in one it is 0. On average that is 3.
#
# And backward? The layer only multiplied, so the gradient is multiplied too, by exactly the same numbers. What was
# dropped on the way forward gets no gradient.
#
# ### Exercise 13: dropout (0.75 points)


# %% nbgrader={"grade": false, "grade_id": "m13-dropout", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Dropout:
    """Set a share of the numbers to 0 in training, and do nothing otherwise."""

    parameters, gradients = (), ()

    def __init__(self, rate, rng):
        self.rate, self.rng = rate, rng

    def forward(self, x, training=False):
        if not training:
            return x
        ### BEGIN SOLUTION
        kept = self.rng.random(x.shape) >= self.rate
        self.scale = kept.astype(x.dtype) / (1 - self.rate)
        return x * self.scale
        ### END SOLUTION

    def backward(self, gradient):
        ### BEGIN SOLUTION
        return gradient * self.scale
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "m13-test", "locked": true, "points": 0.75, "schema_version": 3, "solution": false, "task": false}
check.dropout(Dropout)
### BEGIN HIDDEN TESTS
quarter = Dropout(0.25, np.random.default_rng(2))
seen = quarter.forward(np.full((100, 100), 3.0), True)
assert np.allclose(np.unique(seen), [0, 4]) and abs(seen.mean() - 3) < 0.1
assert np.allclose(quarter.backward(np.full((100, 100), 3.0)), seen)
### END HIDDEN TESTS

# %% [markdown]
# ## 14. Another data set
#
# A framework that can read only digits is no framework. Fashion-MNIST has the same format: ten kinds of clothes at
# 28×28 pixels, and they are harder to tell apart.
#
# ### Exercise 14: a new data set (0.75 points)
#
# Build a network from your own layers, train it on `clothes.train`, and write `classify_clothes`. Three quarters of
# the test images must be right. Use dropout or not, and any activation you like; say in the report why. Keep it under
# a minute.

# %% nbgrader={"grade": false, "grade_id": "given-clothes", "locked": true, "schema_version": 3, "solution": false, "task": false}
clothes = datasets.fashion_mnist()
print("training images:", len(clothes.train.images))
print("classes:", ", ".join(clothes.class_names))

# %% nbgrader={"grade": false, "grade_id": "m14-clothes", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
rng = np.random.default_rng(0)
clothes_network = Network(
    [
        Dense(784, 128, rng),
        Activation(elu, elu_slope),
        Dropout(0.2, rng),
        Dense(128, 64, rng),
        Activation(elu, elu_slope),
        Dense(64, 10, rng),
    ]
)
fit(clothes_network, pixels(clothes.train.images), clothes.train.labels, 3, 0.03, rng)
### END SOLUTION


def classify_clothes(images):
    """Say for each image (N, 28, 28), uint8, which class it shows: whole numbers (N,)."""
    ### BEGIN SOLUTION
    return answers(clothes_network, pixels(images))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "m14-test", "locked": true, "points": 0.75, "schema_version": 3, "solution": false, "task": false}
check.accuracy(classify_clothes, clothes.test.images, clothes.test.labels, at_least=0.75)
### BEGIN HIDDEN TESTS
assert (
    np.mean(classify_clothes(clothes.test.images[::-1]) == clothes.test.labels[::-1])
    >= 0.75
)
### END HIDDEN TESTS

# %% [markdown]
# ## 15. Convolution, as it is written
#
# In lesson 1b you slid several filters over one volume. Now they slide over N images of C channels each. Here is all
# of it in one formula, with $x$ for the maps that go in, $w$ for the weights and $b$ for the biases:
#
# $$y[f, n, i, j] = b[f] + \sum_{u} \sum_{v} \sum_{c} w[u, v, c, f] \cdot x[c, n, i + u,\, j + v]$$
#
# Mind the order of the axes. Feature maps are (channels, images, height, width), weights are (k, k, channels, filters).
# Keras puts images first and channels last. The next part shows why we put the channels first: the result of the matrix
# product then needs no rearranging.
#
# On paper: one channel, one image, no padding. The image is $\begin{pmatrix} 1 & 2 & 0 \\ 0 & 1 & 3 \end{pmatrix}$,
# the filter $\begin{pmatrix} 1 & 0 \\ 0 & -1 \end{pmatrix}$, the bias 10. Two places: $1 - 1 + 10 = 10$ and
# $2 - 3 + 10 = 9$.
#
# Write it with loops first. They are slow, but it is easy to see that they are right. Everything faster is compared
# with them.
#
# ### Exercise 15a: convolution with loops (0.5 points)


# %% nbgrader={"grade": false, "grade_id": "m15-conv-loops", "locked": false, "schema_version": 3, "solution": true, "task": false}
def convolve_loops(x, w, b):
    """Slide filters (k, k, C, F) over maps (C, N, H, W); return maps (F, N, H - k + 1, W - k + 1)."""
    k, _, channels, filters = w.shape
    _, images, height, width = x.shape
    y = np.zeros((filters, images, height - k + 1, width - k + 1), x.dtype)
    ### BEGIN SOLUTION
    for f in range(filters):
        for n in range(images):
            for i in range(height - k + 1):
                for j in range(width - k + 1):
                    total = b[f]
                    for a in range(k):
                        for c in range(k):
                            for channel in range(channels):
                                total += w[a, c, channel, f] * x[channel, n, i + a, j + c]
                    y[f, n, i, j] = total
    ### END SOLUTION
    return y


# %% nbgrader={"grade": true, "grade_id": "m15-conv-test", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
check.convolution(convolve_loops)
### BEGIN HIDDEN TESTS
x_small = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 3.0]]).reshape(1, 1, 2, 3)
w_small = np.array([[1.0, 0.0], [0.0, -1.0]]).reshape(2, 2, 1, 1)
assert np.allclose(convolve_loops(x_small, w_small, np.array([10.0])).ravel(), [10, 9])
### END HIDDEN TESTS

# %% [markdown]
# **Max pooling** keeps the largest number of each 2×2 window, channel by channel. You need no loop over places:
# `x[:, :, 0::2, 0::2]` is the top left number of all windows at once, and there are three more like it.
#
# On paper: the largest number of $\begin{pmatrix} 3 & 7 \\ 5 & 1 \end{pmatrix}$ is 7. If a gradient of 10 comes back,
# it all goes to the place of the 7, because no other number made a difference.
#
# And if two numbers of a window are equal and largest? Then one of them gets it all, the first you meet, and not both.
# It sounds like hair-splitting, but the black rim of every digit is a sea of equal numbers.
#
# ### Exercise 15b: a max-pooling layer (0.75 points)


# %% nbgrader={"grade": false, "grade_id": "m15-max-pool", "locked": false, "schema_version": 3, "solution": true, "task": false}
class MaxPool:
    """Keep the largest number of each 2×2 window of maps (C, N, H, W); H and W are even."""

    parameters, gradients = (), ()

    def forward(self, x, training=False):
        ### BEGIN SOLUTION
        self.x = x
        upper = np.maximum(x[:, :, 0::2, 0::2], x[:, :, 0::2, 1::2])
        lower = np.maximum(x[:, :, 1::2, 0::2], x[:, :, 1::2, 1::2])
        self.y = np.maximum(upper, lower)
        return self.y
        ### END SOLUTION

    def backward(self, gradient):
        ### BEGIN SOLUTION
        back = np.empty(self.x.shape, gradient.dtype)
        open_yet = np.ones(self.y.shape, bool)
        for i in range(2):
            for j in range(2):
                hit = (self.x[:, :, i::2, j::2] == self.y) & open_yet
                back[:, :, i::2, j::2] = gradient * hit
                open_yet &= ~hit
        return back
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "m15-pool-test", "locked": true, "points": 0.75, "schema_version": 3, "solution": false, "task": false}
check.max_pool(MaxPool)
### BEGIN HIDDEN TESTS
pool = MaxPool()
assert pool.forward(
    np.array([[3.0, 7.0], [5.0, 1.0]]).reshape(1, 1, 2, 2), True
).ravel() == [7]
assert pool.backward(np.full((1, 1, 1, 1), 10.0)).ravel().tolist() == [0, 10, 0, 0]
### END HIDDEN TESTS

# %% [markdown]
# ## 16. One matrix product instead of seven loops
#
# Seven loops in Python are hopeless for training. The products themselves are not the trouble; a matrix product does
# just as many in the blink of an eye, because it is compiled code that uses the processor's caches and vector units
# well. So: can a convolution be written as one matrix product?
#
# Lesson 1b did it with a huge matrix that is nearly all zeros. There is a better way. Copy each window into a column.
# All columns side by side are a matrix with $k \cdot k \cdot C$ rows, one column for each place in each image. The
# weights are a matrix with $k \cdot k \cdot C$ rows too, one column for each filter. Then
#
# $$y = w^T \cdot \text{columns} + b$$
#
# and all is done. The step that makes the columns is called **im2col**. Here is the whole trick for a 3×3 image and
# a 2×2 window, which has four places:
#
# $$\begin{pmatrix} 1 & 2 & 3 \\ 4 & 5 & 6 \\ 7 & 8 & 9 \end{pmatrix} \;\to\;
# \begin{pmatrix} 1 & 2 & 4 & 5 \\ 2 & 3 & 5 & 6 \\ 4 & 5 & 7 & 8 \\ 5 & 6 & 8 & 9 \end{pmatrix}$$
#
# Read it by columns: the first is the window at the top left. (This matrix is symmetric only because there are as many
# places as numbers in a window. Usually there are more places, and it isn't even square.) Now read it by rows: the
# first row is the image without its last row and column, the second is the same moved by one pixel. So nobody has to
# loop over places. Loop over the $k \cdot k$ numbers of the window, and copy a moved image each time.
#
# This is where the order of the axes pays. With channels in front, each row of the matrix lies in memory in one piece,
# and the product comes out as (F, places): it *is* the maps (F, N, h, w), and nothing has to be transposed.
#
# **The way back.** im2col copies pixels, most of them several times. If a pixel was copied to four columns, it
# contributed four times, and its gradient is the sum of four. So the way back, **col2im**, adds every entry to the
# place it was copied from. In matrices: if im2col is a matrix $M$, then col2im is $M^T$. That gives a test that needs
# no second program. For any $x$ and any $y$, where $\langle\cdot,\cdot\rangle$ multiplies two arrays entry by entry and
# adds everything up,
#
# $$\langle M x,\; y \rangle = \langle x,\; M^T y \rangle.$$
#
# On paper: col2im of a 4×4 matrix of ones, for the 3×3 image above, counts how many windows each pixel is in:
# $\begin{pmatrix} 1 & 2 & 1 \\ 2 & 4 & 2 \\ 1 & 2 & 1 \end{pmatrix}$.
#
# ### Exercise 16a: im2col and a convolution layer (0.75 points)
#
# Keep the axes apart until the last moment: `im2col` returns (k, k, C, N, h, w), and a `reshape` makes the matrix
# without copying. The same holds for the weights (k, k, C, F). With $g$ as the matrix (F, places) of the gradient that
# comes in, the three gradients are
#
# $$\frac{\partial L}{\partial w} = \text{columns} \cdot g^T, \qquad
# \frac{\partial L}{\partial b} = \text{sum of } g \text{ over places}, \qquad
# \frac{\partial L}{\partial x} = \text{col2im}(w \cdot g).$$


# %% nbgrader={"grade": false, "grade_id": "m16-im2col", "locked": false, "schema_version": 3, "solution": true, "task": false}
def im2col(x, k):
    """Copy every window of maps (C, N, H, W): (k, k, C, N, H - k + 1, W - k + 1)."""
    channels, images, height, width = x.shape
    rows, columns = height - k + 1, width - k + 1
    copies = np.empty((k, k, channels, images, rows, columns), x.dtype)
    ### BEGIN SOLUTION
    for a in range(k):
        for b in range(k):
            copies[a, b] = x[:, :, a : a + rows, b : b + columns]
    ### END SOLUTION
    return copies


def col2im(copies, shape):
    """Add every copy to the place in maps of this shape (C, N, H, W) that it came from."""
    k, _, _, _, rows, columns = copies.shape
    x = np.zeros(shape, copies.dtype)
    ### BEGIN SOLUTION
    for a in range(k):
        for b in range(k):
            x[:, :, a : a + rows, b : b + columns] += copies[a, b]
    ### END SOLUTION
    return x


class Conv:
    """A convolution layer without padding, on maps (C, N, H, W)."""

    def __init__(self, channels, k, filters, rng):
        w, b = random_layer(k * k * channels, filters, rng)
        self.parameters = [w.reshape(k, k, channels, filters), b]

    def forward(self, x, training=False):
        w, b = self.parameters
        k, _, _, filters = w.shape
        ### BEGIN SOLUTION
        copies = im2col(x, k)
        self.shape, self.columns = x.shape, copies.reshape(w[..., 0].size, -1)
        y = w.reshape(-1, filters).T @ self.columns
        y += b[:, None]
        return y.reshape(filters, *copies.shape[3:])
        ### END SOLUTION

    def backward(self, gradient):
        w, b = self.parameters
        ### BEGIN SOLUTION
        g = gradient.reshape(len(gradient), -1)
        self.gradients = [(self.columns @ g.T).reshape(w.shape), g.sum(axis=1)]
        copies = w.reshape(-1, len(gradient)) @ g
        return col2im(copies.reshape(*w.shape[:3], *gradient.shape[1:]), self.shape)
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "m16-test", "locked": true, "points": 0.75, "schema_version": 3, "solution": false, "task": false}
check.columns(im2col, col2im)
check.convolution_layer(Conv)
### BEGIN HIDDEN TESTS
assert col2im(np.ones((2, 2, 1, 1, 2, 2)), (1, 1, 3, 3)).ravel().tolist() == [
    1,
    2,
    1,
    2,
    4,
    2,
    1,
    2,
    1,
]
nine = np.arange(1.0, 10).reshape(1, 1, 3, 3)
assert im2col(nine, 2).reshape(4, 4).tolist() == [
    [1, 2, 4, 5],
    [2, 3, 5, 6],
    [4, 5, 7, 8],
    [5, 6, 8, 9],
]
same = Conv(1, 2, 3, np.random.default_rng(0))
assert np.allclose(same.forward(nine), convolve_loops(nine, *same.parameters), atol=1e-5)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 16b: the speed ladder (0.5 points)
#
# How much was it worth? Measure three rungs on the second convolution of LeNet-5, which turns 6 maps of 12×12 into
# 16 maps of 8×8:
#
# - `loops`: your seven loops, on one image;
# - `windows`: `np.lib.stride_tricks.sliding_window_view` shows all windows without copying them, and `np.einsum`
#   multiplies and adds up;
# - `im2col`: your layer, forward.
#
# Before you measure, guess the factor between one rung and the next. `milliseconds(call, images)` runs a call several
# times and gives the shortest time per image. Shortest, because other programs can only make it longer. Write the
# second rung, then fill in the ladder.


# %% nbgrader={"grade": false, "grade_id": "given-milliseconds", "locked": true, "schema_version": 3, "solution": false, "task": false}
def milliseconds(call, images, repeats=5):
    """Measure a call without arguments; give the shortest time per image."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return 1000 * min(times) / images


rng = np.random.default_rng(0)
maps = rng.normal(size=(6, 64, 12, 12)).astype(np.float32)
conv = Conv(6, 5, 16, rng)
w, b = conv.parameters
one_map = maps[:, :1]


# %% nbgrader={"grade": false, "grade_id": "m16-windows", "locked": false, "schema_version": 3, "solution": true, "task": false}
def convolve_windows(x, w, b):
    """Do what convolve_loops does, with a view of all windows and one einsum."""
    ### BEGIN SOLUTION
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[:2], axis=(2, 3))
    return np.einsum("cnijab,abcf->fnij", windows, w) + b[:, None, None, None]
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "m16-ladder", "locked": false, "schema_version": 3, "solution": true, "task": false}
ladder = {"loops": None, "windows": None, "im2col": None}
### BEGIN SOLUTION
ladder["loops"] = milliseconds(lambda: convolve_loops(one_map, w, b), 1, repeats=1)
ladder["windows"] = milliseconds(lambda: convolve_windows(maps, w, b), 64)
ladder["im2col"] = milliseconds(lambda: conv.forward(maps), 64)
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "m16-ladder-test", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
check.convolution(convolve_windows)
check.ladder(ladder, ("loops", "windows", "im2col"))

# %% [markdown]
# Your numbers belong in the report, with the processor they were measured on. The products and sums are the same on
# every rung. So where did the time go?
#
# ## 17. LeNet-5
#
# Yann LeCun and others read handwritten digits with it in 1998. Two convolutions with pooling, then three dense layers.
# This is the usual modern form, with ReLU and max pooling and without padding:
#
# | layer | output | parameters |
# |---|---|---|
# | image | 1 map of 28×28 | |
# | convolution, 6 filters of 5×5 | 6 maps of 24×24 | 156 |
# | max pooling, ReLU | 6 maps of 12×12 | |
# | convolution, 16 filters of 5×5 | 16 maps of 8×8 | 2,416 |
# | max pooling, ReLU | 16 maps of 4×4 | |
# | flatten | 256 numbers | |
# | dense, ReLU | 120 | 30,840 |
# | dense, ReLU | 84 | 10,164 |
# | dense | 10 scores | 850 |
# | together | | 44,426 |
#
# On paper: the second convolution has $5 \cdot 5 \cdot 6$ weights and a bias for each of 16 filters, which is
# $151 \cdot 16 = 2416$. Where are most of the parameters? And most of the work?
#
# ReLU comes *after* pooling here. The largest of four numbers, cut off at 0, is the same as the largest of four numbers
# that were cut off before. Which order is cheaper, and by how much?
#
# Two small layers are given. One turns rows of pixels into maps, the other turns maps into rows. They only reorder
# numbers, so their gradients are the same reordering, backwards.


# %% nbgrader={"grade": false, "grade_id": "given-maps", "locked": true, "schema_version": 3, "solution": false, "task": false}
class Maps:
    """Turn rows of pixels (N, 784) into maps (1, N, 28, 28)."""

    parameters, gradients = (), ()

    def forward(self, x, training=False):
        return x.reshape(1, -1, 28, 28)

    def backward(self, gradient):
        return gradient.reshape(gradient.shape[1], -1)


class Flatten:
    """Turn maps (C, N, H, W) into rows (N, H * W * C), in the order that Keras uses."""

    parameters, gradients = (), ()

    def forward(self, x, training=False):
        self.shape = x.shape
        return x.transpose(1, 2, 3, 0).reshape(x.shape[1], -1)

    def backward(self, gradient):
        channels, images, height, width = self.shape
        maps = gradient.reshape(images, height, width, channels).transpose(3, 0, 1, 2)
        return np.ascontiguousarray(maps)


# %% [markdown]
# ### Exercise 17: LeNet-5 (1.25 points)
#
# Build it, train it on the digits, and write `read_digits`. On drawn digits, 92% of the test images must be right; on the
# real MNIST, 98%. Two epochs suffice for the 60,000 images of the real one, and a few more for a small set.


# %% nbgrader={"grade": false, "grade_id": "m17-lenet", "locked": false, "schema_version": 3, "solution": true, "task": false}
def lenet(rng):
    """Build LeNet-5 for rows of pixels (N, 784); it gives scores (N, 10)."""
    layers = [Maps()]
    ### BEGIN SOLUTION
    layers += [Conv(1, 5, 6, rng), MaxPool(), relu_layer()]
    layers += [Conv(6, 5, 16, rng), MaxPool(), relu_layer()]
    layers += [Flatten(), Dense(256, 120, rng), relu_layer()]
    layers += [Dense(120, 84, rng), relu_layer(), Dense(84, 10, rng)]
    ### END SOLUTION
    return Network(layers)


# %% nbgrader={"grade": false, "grade_id": "m17-train", "locked": false, "schema_version": 3, "solution": true, "task": false}
reader = lenet(np.random.default_rng(0))
began = time.perf_counter()
### BEGIN SOLUTION
epochs = 2 if len(x_digits) > 10_000 else 6
fit(reader, x_digits, digits.train.labels, epochs, 0.05, np.random.default_rng(1))
### END SOLUTION
print(f"training took {time.perf_counter() - began:.0f} seconds")


def read_digits(images):
    """Say for each image (N, 28, 28), uint8, which digit it shows: whole numbers (N,)."""
    ### BEGIN SOLUTION
    return answers(reader, pixels(images))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "m17-test", "locked": true, "points": 1.25, "schema_version": 3, "solution": false, "task": false}
check.lenet(lenet)
needed = 0.92 if digits.origin == "embedded" else 0.98
check.accuracy(read_digits, digits.test.images, digits.test.labels, at_least=needed)
### BEGIN HIDDEN TESTS
assert [
    p.size for each in lenet(np.random.default_rng(3)).layers for p in each.parameters
] == ([150, 6, 2400, 16, 30720, 120, 10080, 84, 840, 10])
assert np.mean(read_digits(digits.test.images[::-1]) == digits.test.labels[::-1]) >= needed
asked, forward = [], Conv.forward
Conv.forward = lambda self, x, *given, **named: (
    asked.append(x) or forward(self, x, *given, **named)
)
read_digits(digits.test.images[:2])
Conv.forward = forward
assert asked, "read_digits does not ask a network with convolutions."
### END HIDDEN TESTS

# %% [markdown]
# Compare with quiz 10: how many digits does each get wrong, and how many parameters does each have? The filters it
# learnt are 25 numbers each, and you know how to look at them.

# %%
plots.image_grid(
    list(reader.layers[1].parameters[0][:, :, 0].transpose(2, 0, 1)),
    columns=6,
    size=1.2,
    alt="The six filters of the first layer, 5 by 5 weights each.",
)

# %% [markdown]
# ## The report
#
# Write for a classmate who has not done the homework. Keep the four headings, and write under each. **Write at least
# 300 words in all, or the homework earns 0**, and at most two pages. Headings, code, pictures and sentences copied from
# this notebook do not count, and repeating the same few words does not help. Every number you quote must appear in an
# output above.

# %% [markdown] nbgrader={"grade": true, "grade_id": "report", "locked": false, "points": 0, "schema_version": 3, "solution": true, "task": false} report={"required": true, "min_words": 300, "headings": ["What I built", "What I measured", "What went wrong, and how I found out", "What I would do next"]}
# ## Report
#
# ### What I built
#
# Which parts work, and which do not? How does a gradient find its way from the loss to the first weight?
#
# ### BEGIN SOLUTION
# Quizzes 1 to 10 and exercises 11 to 17 all pass their checks. The heart is the pair of methods in each layer. On the
# way forward a layer keeps its input. On the way back it gets the gradient of the loss with respect to its output, and
# does two things with it: it multiplies it with the kept input, which gives the gradient of its own weights, and it
# sends it through its weights, which gives the gradient for the layer before. So a gradient starts as probabilities
# minus targets and walks from layer to layer. No layer knows what stands in front of it or behind it, which is why
# the same loop trains two dense layers and LeNet-5.
# ### END SOLUTION
#
# ### What I measured
#
# Accuracies, the speed ladder, seconds of training. On which machine, on which data, with how many seeds?
#
# ### BEGIN SOLUTION
# All accuracies are on test images that took no part in training, with one seed each; they are printed above, in the
# cells of quiz 10 and of exercises 11, 12, 14 and 17. I do not name a winner among the activations, because another
# seed changes their order. The ladder was measured on two cores. From the loops to the view of windows the time falls by a
# factor of hundreds: the products are the same, but Python no longer handles each number by itself. From there to im2col
# it falls again, although im2col copies every pixel up to 25 times: a matrix product reads memory in order and uses every
# number several times while it is in the cache.
# ### END SOLUTION
#
# ### What went wrong, and how I found out
#
# At least one mistake of your own. What did the check say, and what was the cause?
#
# ### BEGIN SOLUTION
# My first max pooling sent the gradient to every place of a window that held the maximum. Random numbers are never equal,
# so the comparison with central differences passed. The check with constant maps failed: four times as much gradient
# came back as had gone in. On digits that is no rare case, because the black rim gives equal numbers everywhere. My first
# softmax overflowed for scores near 1000. In training it never happened at first, but with a learning rate that was too
# large the loss turned into nan after a few steps, and nothing else pointed to the softmax.
# ### END SOLUTION
#
# ### What I would do next
#
# One idea, and how you would find out whether it helped.
#
# ### BEGIN SOLUTION
# The first convolution computes the gradient with respect to the pixels, which nobody uses. Leaving it out should save
# time and cannot change the result. I would measure seconds per epoch with and without it, three times each, in one run,
# and compare the weights after training, which must be equal to the last digit.
# ### END SOLUTION

# %% [markdown]
# ## Key points
#
# - A network is a row of layers, and a layer is two methods: forward, and backward with the chain rule.
# - Softmax and cross-entropy together have the simplest gradient there is: what came out minus what should have.
# - A gradient that has not been compared with central differences is a guess.
# - Stochastic gradient descent takes many cheap steps instead of a few good ones.
# - A convolution is a matrix product once its windows are columns, and the way back is the transpose.
#
# ## Where next
#
# - [Lesson 2](../02_fashion_mnist.ipynb) does in a few lines of Keras what you did here by hand. Read it again.
# - Yann LeCun, Léon Bottou, Yoshua Bengio and Patrick Haffner, *Gradient-based learning applied to document
#   recognition*, 1998. Kaiming He and others, *Delving deep into rectifiers*, 2015. Günter Klambauer and others,
#   *Self-normalizing neural networks*, 2017. Nitish Srivastava and others, *Dropout*, 2014.
#
# *Text and drawings: CC BY 4.0. Code: MIT.*
