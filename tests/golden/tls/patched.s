	.file	"x.c"
	.text
	.globl	f
	.type	f, @function
f:
	pushq	%rbp
	pushq	%rbx
	subq	$8, %rsp
	leaq	a@tlsld(%rip), %rdi
	call	__tls_get_addr@PLT
	movq	%rax, %rbp
	data16	leaq	b@tlsgd(%rip), %rdi
	.value	0x6666
	rex64
	call	__tls_get_addr@PLT
	movl	(%rax), %ebx
	addl	a@dtpoff(%rbp), %ebx
	movl	%ebx, %eax
	addl	c@dtpoff(%rbp), %eax
	movq	d@gottpoff(%rip), %rdx
	addl	%fs:(%rdx), %eax
	addq	$8, %rsp
	popq	%rbx
	popq	%rbp
	ret
	.size	f, .-f
	.globl	g
	.type	g, @function
g:
	pushq	%r12
	pushq	%rbp
	pushq	%rbx
	leaq	c@tlsld(%rip), %rdi
	call	__tls_get_addr@PLT
	movq	%rax, %rbp
	movl	c@dtpoff(%rax), %ebx
	leal	1(%rbx), %eax
	movl	%eax, c@dtpoff(%rbp)
	data16	leaq	b@tlsgd(%rip), %rdi
	.value	0x6666
	rex64
	call	__tls_get_addr@PLT
	addl	(%rax), %ebx
	movq	d@gottpoff(%rip), %rax
	addl	%fs:(%rax), %ebx
	movl	a@dtpoff(%rbp), %r12d
	leal	1(%r12), %eax
	movl	%eax, a@dtpoff(%rbp)
	leal	(%rbx,%r12), %eax
	popq	%rbx
	popq	%rbp
	popq	%r12
	ret
	.size	g, .-g
	.section	.tbss,"awT",@nobits
	.align 4
	.type	c, @object
	.size	c, 4
c:
	.zero	4
	.section	.tdata,"awT",@progbits
	.align 4
	.type	a, @object
	.size	a, 4
a:
	.long	1
	.section	.note.GNU-stack,"",@progbits
